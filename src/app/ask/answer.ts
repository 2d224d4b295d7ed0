import type { Neighbour } from "../../db/ask/nearest.ts";
import type { Key } from "../../db/index-record.ts";
import { isRefused } from "../../judge/refusal.ts";
import { bareText } from "../../text/normalize.ts";
import { renderTemplate, type Template } from "../template.ts";
import type { Found } from "./searchable.ts";

/** A row that means something near to the question. */
export interface Answer<Row extends object = Readonly<Record<string, unknown>>> {
  readonly key: Key;
  /** Cosine, in [-1, 1]; larger is nearer. */
  readonly similarity: number;
  /**
   * How the row was found. With `exact` its text equals the question, with `alias` one of its aliases does, punctuation
   * aside.
   */
  readonly found: "exact" | "alias" | "vector";
  /** Further rows of the same text, nearest first. */
  readonly others: readonly Key[];
  /** The row's text, as the index's template gives it. */
  readonly text: string;
  /** The row as it is now, as JSON values; `bigint` and `numeric` are strings. */
  readonly row: Row;
}

/** A neighbour with its text. */
export function toAnswer<Row extends object>(
  template: Template,
  neighbour: Neighbour,
  found: Answer["found"] = "vector",
): Answer<Row> {
  const { key, similarity, row } = neighbour;
  return { key, similarity, row: row as Row, found, others: [], text: renderTemplate(template, neighbour.values) };
}

/**
 * The rows of different texts that may answer a question. A row with the question as an alias comes first, else one
 * whose text is the question, then the nearest. One pass over the neighbours. Rows that differ in punctuation only are
 * one: the nearest, with the keys of the others. A row is left out where the question means one of its negative
 * questions, unless it is the row's very text.
 *
 * Texts are compared, not vectors: 能 and 不能, or two amounts, can be as near as two spellings of one question.
 */
export function answersTo<Row extends object>(
  question: string,
  { near, alias }: Pick<Found, "near" | "alias">,
  template: Template,
): Answer<Row>[] {
  const texts = new Map<string, Answer<Row> & { others: Key[] }>();
  const asked = bareText(question);
  for (const neighbour of near) {
    const answer = toAnswer<Row>(template, neighbour);
    const text = textOf(answer);
    if (isRefused(neighbour.refusal) && text !== asked) continue;
    const nearer = texts.get(text);
    if (nearer === undefined) texts.set(text, { ...answer, others: [] });
    else nearer.others.push(neighbour.key);
  }
  const first = alias ? toAnswer<Row>(template, alias, "alias") : texts.get(asked);
  if (first === undefined) return [...texts.values()];
  texts.delete(textOf(first));
  return [alias ? first : { ...first, found: "exact" }, ...texts.values()];
}

/** What rows are compared by: a text of symbols alone is like itself only. */
function textOf({ text }: Pick<Answer, "text">): string {
  return bareText(text) || text;
}
