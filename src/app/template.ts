import { LtdError } from "../errors.ts";
import { cutText } from "../text/cut-text.ts";

/** A parsed text template: literal text and columns in turn. */
export interface Template {
  readonly text: string;
  /** The columns it names, in their order, each once. */
  readonly columns: readonly string[];
  readonly parts: readonly ({ literal: string } | { column: string })[];
}

/**
 * Parses `{title} {body}`: names in braces are columns, doubled braces are braces.
 *
 * @throws LtdError "usage" for a template without a column, or with a brace that stands alone
 */
export function parseTemplate(text: string): Template {
  const parts: ({ literal: string } | { column: string })[] = [];
  let literal = "";
  for (const [token, column] of text.matchAll(/\{\{|\}\}|\{([^{}]+)\}|[^]/gu)) {
    if (column !== undefined) {
      if (literal !== "") parts.push({ literal });
      parts.push({ column });
      literal = "";
    } else if (token === "{" || token === "}") {
      throw new LtdError("usage", `the template ${JSON.stringify(text)} has a single brace`, {
        hint: 'put columns in braces, "{title} {body}", and write a literal brace twice, "{{"',
      });
    } else {
      literal += token.length === 2 && (token === "{{" || token === "}}") ? token[0] : token;
    }
  }
  if (literal !== "") parts.push({ literal });
  const columns = [...new Set(parts.flatMap((part) => ("column" in part ? part.column : [])))];
  if (columns.length === 0) {
    throw new LtdError("usage", `the template ${JSON.stringify(text)} names no column`, {
      hint: 'write columns in braces: --text "{question}"',
    });
  }
  return { text, columns, parts };
}

/**
 * The text of one row, cut to the length that is read (see {@link cutText}). Pass `values` for `template.columns` as
 * Postgres writes them (`::text`); null is an empty string.
 */
export function renderTemplate({ columns, parts }: Template, values: readonly (string | null)[]): string {
  return cutText(
    parts.map((part) => ("literal" in part ? part.literal : (values[columns.indexOf(part.column)] ?? ""))).join(""),
  );
}
