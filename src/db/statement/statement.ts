import { readFileSync } from "node:fs";
import { packageRoot } from "../../package-root.ts";
import { own } from "./own.ts";
import type { SqlText } from "./sql-text.ts";

const folder = new URL("sql/", packageRoot);
const cache = new Map<string, string>();

/**
 * The statement in `sql/<name>.sql`, without its header comment. The file is read once a process. Each
 * `{{placeholder}}` is replaced by the caller's value; a missing or unused one is a bug, so it throws.
 */
export function statement(name: string, placeholders: Readonly<Record<string, SqlText>> = {}): string {
  return own(fill(name, placeholders), name);
}

/**
 * As {@link statement}, for SQL with a name or a condition of the user's. It runs with the role's own `search_path`.
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
