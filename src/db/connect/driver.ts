/** The driver of PostgreSQL servers, of which no other file imports more than types. */
export { default as pg } from "pg";
