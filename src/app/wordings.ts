import { readAliases, type Alias } from "../db/ask/alias.ts";
import type { Queryable } from "../db/database.ts";
import type { WordingVectors } from "../db/entries/wording-vectors.ts";
import type { IndexRecord, Key } from "../db/index-record.ts";
import { keyId } from "../db/statement/key.ts";
import { groupBy } from "../group-by.ts";
import type { Embedder } from "../embed/embedder.ts";
import type { StudentInput } from "../text/encode.ts";
import { lexemes } from "../text/lexemes.ts";
import { meanWording } from "../vector/mean-wording.ts";

/** The aliases and negative questions of rows, by `keyId`; rows without any are left out. */
export async function readQuestions(
  database: Queryable,
  index: Pick<IndexRecord, "name">,
  keys: readonly Key[],
): Promise<Map<string, Alias[]>> {
  const questions = keys.length === 0 ? [] : await readAliases(database, index.name, keys);
  return groupBy(questions, ({ key }) => keyId(key));
}

/** A row's text, aliases and negative questions, as the student takes them. */
export interface Wordings {
  /** Input of the text. Undefined without a letter or digit: such a row has no vector, whatever its aliases are. */
  readonly text: StudentInput | undefined;
  readonly aliases: readonly StudentInput[];
  readonly negatives: readonly StudentInput[];
}

/** Encodes the wordings of a row. */
export function encodeWordings(
  { encode }: Pick<Embedder, "encode">,
  text: string,
  questions: readonly Alias[],
): Wordings {
  const inputs = (isNegative: boolean) =>
    questions.flatMap((each) => (each.isNegative === isNegative ? (encode(each.question) ?? []) : []));
  return { text: encode(text), aliases: inputs(false), negatives: inputs(true) };
}

/** What has to be embedded of a row: its text, then its aliases, then its negative questions. */
export function inputsOf({ text, aliases, negatives }: Wordings): readonly StudentInput[] {
  return text === undefined ? [] : [text, ...aliases, ...negatives];
}

/** What an entry holds of a row's wordings. */
export interface Meaning {
  /** Of text and aliases: see {@link meanWording}. Null for a row without a letter or digit. */
  readonly embedding: Float32Array | null;
  /** Lexemes of text and aliases. */
  readonly words: readonly string[];
  /** Of a row with a negative question. */
  readonly wordings?: WordingVectors;
}

/**
 * Makes the meaning of a row.
 *
 * @param vectors of what {@link inputsOf} gives, in the same order
 */
export function meaningOf({ text, aliases, negatives }: Wordings, vectors: readonly Float32Array[]): Meaning {
  if (text === undefined) return { embedding: null, words: [] };
  const own = vectors.slice(0, 1 + aliases.length);
  return {
    embedding: meanWording(own[0]!, own.slice(1)),
    words: aliases.length === 0 ? lexemes(text) : [...new Set([text, ...aliases].flatMap(lexemes))],
    ...(negatives.length > 0 && { wordings: { own, negative: vectors.slice(own.length) } }),
  };
}
