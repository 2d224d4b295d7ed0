/** The driver's COPY, of which no other file imports more than types. Loaded at the first COPY: questions need none. */
export { from as copyFrom, to as copyTo } from "pg-copy-streams";
