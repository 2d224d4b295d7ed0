/** The public functions that give their result at once. They check their arguments as those of functions.ts do. */
import * as operations from "./judge/calibration.ts";
import * as predicting from "./judge/classifier.ts";
import * as deciding from "./judge/decision.ts";
import * as learning from "./judge/train-classifier.ts";
import * as pages from "./report/html.ts";
import * as lexing from "./text/lexemes.ts";
import * as encoding from "./text/encode.ts";
import * as normalizing from "./text/normalize.ts";
import * as matrices from "./vector/matrix.ts";
import type { Thresholds } from "./judge/decision.ts";
import type { TrainOptions } from "./judge/train-classifier.ts";
import type { EncodeOptions } from "./text/encode.ts";
import { checked, listOf, optional, options, orNull, kinds } from "./check-arguments.ts";

const { classifier, input, matrix, name, number, object, random, report, size, text, vector } = kinds;

export const operationAt: typeof operations.operationAt = checked(
  "operationAt",
  { trials: listOf(object), threshold: number, margin: number, adjustment: orNull(object) },
  operations.operationAt,
);
export const predict: typeof predicting.predict = checked(
  "predict",
  { classifier, vector, lexemes: optional(listOf(text)) },
  predicting.predict,
);
export const decide: typeof deciding.decide = checked(
  "decide",
  {
    question: text,
    rows: listOf(object),
    thresholds: options<Thresholds>({ answer: number, suggest: number, margin: number, adjustment: orNull(object) }, [
      "answer",
      "suggest",
      "margin",
    ]),
    judge: optional(object),
    wordings: optional(listOf(text)),
  },
  deciding.decide,
);
export const trainClassifier: typeof learning.trainClassifier = checked(
  "trainClassifier",
  {
    vectors: matrix,
    labels: listOf(number),
    classes: listOf(text),
    options: options<TrainOptions>(
      { method: name, lexemes: listOf(listOf(text)), precision: number, reject: number, random },
      ["random"],
    ),
  },
  learning.trainClassifier,
);
export const reportHtml: typeof pages.reportHtml = checked("reportHtml", { data: report }, pages.reportHtml);
export const lexemes: typeof lexing.lexemes = checked("lexemes", { input }, lexing.lexemes);
export const encode: typeof encoding.encode = checked(
  "encode",
  {
    text,
    options: options<EncodeOptions>({ tables: object, smoothing: number, maxChars: number, weights: object }, [
      "tables",
      "smoothing",
      "maxChars",
    ]),
  },
  encoding.encode,
);
export const normalize: typeof normalizing.normalize = checked("normalize", { text }, normalizing.normalize);
export const hasMeaning: typeof normalizing.hasMeaning = checked("hasMeaning", { text }, normalizing.hasMeaning);
export const createMatrix: typeof matrices.createMatrix = checked(
  "createMatrix",
  { rows: size, dims: size },
  matrices.createMatrix,
);
export const rowOf: typeof matrices.rowOf = checked("rowOf", { matrix, index: number }, matrices.rowOf);
