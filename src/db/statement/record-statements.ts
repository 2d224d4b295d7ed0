import type { Queryable } from "../database.ts";
import { keyId } from "./key.ts";
import { withoutName } from "./own.ts";
import { quoteLiteral } from "./sql-text.ts";

/** Something to send statements to that only writes them down, with their parameters in place. They have no results. */
export function recordStatements(): { tx: Queryable; statements: string[] } {
  const statements: string[] = [];
  const tx: Queryable = {
    query: (sql, parameters = []) => {
      statements.push(withParameters(withoutName(sql), parameters));
      return Promise.resolve([]);
    },
    script: (sql) => {
      statements.push(withoutName(sql));
      return Promise.resolve();
    },
    copyIn: () => Promise.reject(new Error("COPY cannot be written down")),
    copyOut: () => Promise.reject(new Error("COPY cannot be written down")),
  };
  return { tx, statements };
}

function withParameters(sql: string, parameters: readonly unknown[]): string {
  // without parameters, a dollar belongs to the body of a function
  if (parameters.length === 0) return sql;
  return sql.replaceAll(/\$(\d+)/g, (_, number: string) => literal(parameters[Number(number) - 1]));
}

function literal(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "string") return quoteLiteral(value);
  if (Array.isArray(value)) return quoteLiteral(keyId(value as string[]));
  throw new TypeError(`a parameter of the type ${typeof value} cannot be written down`);
}
