import { readFileSync } from "node:fs";
import { packageRoot } from "../../package-root.ts";
import { own } from "./own.ts";
import type { SqlText } from "./sql-text.ts";

const folder = new URL("sql/", packageRoot);
const cache = new Map<string, string>();

/**
 * The statement in `sql/<name>.sql`, without its header comment, read once a process.
 *
 * `{{placeholder}}` is replaced by what the caller gives; a placeholder that is missing or left over throws, as it is a
 * bug.
 */
export function statement(name: string, placeholders: Readonly<Record<string, SqlText>> = {}): string {
  return own(fill(name, placeholders), name);
}

/**
 * {@link statement} for SQL that holds a name or a condition of the user's: it runs with the `search_path` of the role,
 * as the user's own would.
 */
export function userStatement(name: string, placeholders: Readonly<Record<string, SqlText>> = {}): string {
  return fill(name, placeholders);
}

function fill(name: string, placeholders: Readonly<Record<string, SqlText>>): string {
  const text = statementSource(name);
  const unused = new Set(Object.keys(placeholders));
  const filled = text.replace(/\{\{(\w+)\}\}/g, (_, key: string) => {
    const value = placeholders[key];
    if (value === undefined) throw new Error(`sql/${name}.sql needs {{${key}}}`);
    unused.delete(key);
    return value;
  });
  if (unused.size > 0) throw new Error(`sql/${name}.sql has no {{${[...unused].join("}}, {{")}}}`);
  return filled;
}

/** The same with its placeholders as they stand. */
export function statementSource(name: string): string {
  let text = cache.get(name);
  if (text === undefined) {
    text = readFileSync(new URL(`${name}.sql`, folder), "utf8")
      .replace(/^(?:--.*\n|\s*\n)+/, "")
      .trim();
    cache.set(name, text);
  }
  return text;
}
