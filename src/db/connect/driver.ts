/** The driver of PostgreSQL servers, of which no other file imports more than types. */
export { default as pg } from "pg";
export { from as copyFrom, to as copyTo } from "pg-copy-streams";
