import { formRows, judgePatterns } from "../../judge/chance/sql-patterns.ts";
import { ENTRY_FORM } from "../content-hash.ts";
import { judgeOf } from "../judge-of.ts";
import type { FunctionParts } from "../../db/functions/function-parts.ts";
import { functionsHash } from "../../db/functions/functions.ts";
import { fitsTables, type StudentNumbers } from "../../db/functions/student-parts.ts";
import type { NewStudent } from "../../db/functions/student.ts";
import type { ModelPackage } from "../../embed/model-package.ts";
import { readStudentWeights, type StudentWeights } from "../../embed/student-weights.ts";
import { LtdError } from "../../errors.ts";
import { REFUSED_FROM } from "../../judge/refusal.ts";
import { characterClasses } from "../../text/character-class.ts";
import { tokenPatterns } from "../../text/exact-token.ts";
import { UNKNOWN_ID, wordId } from "../../text/tables.ts";
import { rowOf, type Matrix } from "../../vector/matrix.ts";

/** What the functions are made of, for a database that has pgvector in this schema. */
export function functionParts(vectorSchema: string): FunctionParts {
  const classes = characterClasses();
  return {
    classes,
    refusedFrom: REFUSED_FROM,
    entryForm: ENTRY_FORM,
    vectorSchema,
    tokens: tokenPatterns,
    patterns: judgePatterns(classes.han),
  };
}

/** What a database is told of a model's student, besides its numbers. */
export function studentOf(model: ModelPackage): NewStudent {
  const { description, words, tables } = model;
  const judge = judgeOf(model);
  const frequencies = words.map(({ frequency }) => frequency).filter((frequency) => frequency > 0);
  return {
    modelId: description.id,
    maxChars: description.text.maxChars,
    smoothing: description.text.smoothing,
    total: frequencies.reduce((sum, frequency) => sum + frequency, 0),
    rarest: frequencies.reduce((least, frequency) => Math.min(least, frequency), Number.POSITIVE_INFINITY),
    // of those that text is cut by
    longest: words.reduce(
      (most, { word, frequency }) => (frequency > 0 ? Math.max(most, Array.from(word).length) : most),
      1,
    ),
    unknownIdf: tables.unknownIdf,
    thresholds: judge?.thresholds ?? description.thresholds,
    functions: functionsHash(),
    judge: judge && { bias: judge.bias, trees: judge.trees, forms: formRows(judge.lexicon) },
  };
}

/**
 * The numbers of a model's student.
 *
 * @throws {LtdError} "model" for one that tables cannot hold
 */
export function numbersOf(model: ModelPackage): StudentNumbers {
  const weights = readStudentWeights(model);
  const { id } = model.description;
  if (!fitsTables(weights)) {
    throw new LtdError(
      "model",
      `the student of ${id} is too large for tables: its rows do not fit on a page of Postgres`,
      {
        hint: "ltd-zh-2 and ltd-zh-2-tiny fit",
      },
    );
  }
  const most = largestSum(weights);
  if (most > EXP_LIMIT) {
    throw new LtdError(
      "model",
      `the gates of ${id} can reach ${most.toFixed(0)}, whose exponential Postgres cannot hold`,
      {
        hint: "ltd-zh-2 and ltd-zh-2-tiny fit",
      },
    );
  }
  const { characters, words, ...rest } = weights;
  const { tables } = model;
  const named = (keys: Iterable<[string, number]>, of: Matrix) => {
    const rows = new Map([["", rowOf(of, UNKNOWN_ID)]]);
    for (const [key, row] of keys) rows.set(key, rowOf(of, row));
    return rows;
  };
  const embedded = model.words
    .slice(0, tables.embeddedWords)
    .map(({ word }, row): [string, number] => [word, wordId(row, tables)]);
  return { ...rest, characters: named(tables.characterIds, characters), words: named(embedded, words) };
}

/** exp() of Postgres is an error beyond some 709, in both directions. */
const EXP_LIMIT = 700;

/** An upper bound of what a gate adds up to; the cell's is doubled. States are below 1. */
function largestSum({ gates, hidden, characters, words }: StudentWeights): number {
  const largest = ({ data }: Matrix) => data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const most = [largest(characters), largest(words)];
  let bound = 0;
  for (let row = 0; row < gates.rows; row++) {
    let sum = 0;
    for (const [at, weight] of rowOf(gates, row).entries()) {
      const factor = at < hidden || at === gates.dims - 1 ? 1 : most[at < hidden + characters.dims ? 0 : 1]!;
      sum += Math.abs(weight) * factor;
    }
    bound = Math.max(bound, row % 4 === 3 ? 2 * sum : sum);
  }
  return bound;
}
