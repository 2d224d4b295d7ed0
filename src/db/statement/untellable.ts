import { sqlText } from "./sql-text.ts";

/** Errors of Postgres when a trigger function no longer fits the table, or cannot concatenate the keys. */
export const UNTELLABLE = sqlText`undefined_column or undefined_function or ambiguous_function or datatype_mismatch or feature_not_supported or program_limit_exceeded`;
