declare const checked: unique symbol;

/**
 * SQL text that is safe to put into a statement: quoted identifiers and what was composed of them. Only this file makes
 * it.
 */
export type SqlText = string & { readonly [checked]: true };

/** One identifier, always quoted: `faq` -> `"faq"`, `a"b` -> `"a""b"`. */
export function quoteIdentifier(name: string): SqlText {
  if (name === "" || name.includes("\0")) throw new TypeError("an SQL identifier cannot be empty or hold a NUL");
  return `"${name.replaceAll('"', '""')}"` as SqlText;
}

/** A qualified name: `"public"."faq"`. */
export function quoteName(schema: string, name: string): SqlText {
  return sqlText`${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

/**
 * Composes SQL from a literal and parts that are themselves {@link SqlText} or numbers. A plain string does not
 * compile.
 */
export function sqlText(literal: TemplateStringsArray, ...parts: readonly (SqlText | number)[]): SqlText {
  return String.raw({ raw: literal }, ...parts) as SqlText;
}

/** A text as an SQL literal, whatever `standard_conforming_strings` says. */
export function quoteLiteral(value: string): SqlText {
  if (value.includes("\0")) throw new TypeError("an SQL literal cannot hold a NUL");
  const quoted = `'${value.replaceAll("'", "''").replaceAll("\\", "\\\\")}'`;
  return (value.includes("\\") ? ` E${quoted}` : quoted) as SqlText;
}

/**
 * An SQL expression of the user's own, or one that Postgres wrote, in brackets. A comment in it ends before the bracket
 * does.
 */
export function expression(text: string): SqlText {
  return `(${text}\n)` as SqlText;
}

/** The parts one after another: a select list, a row of columns, a condition, a few statements. */
export function joinSql(
  parts: readonly SqlText[],
  separator: ", " | " and " | " or " | "; " | " + " | " " = ", ",
): SqlText {
  return parts.join(separator) as SqlText;
}
