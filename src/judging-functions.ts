/** The public functions that understand and judge. They check their arguments as those of functions.ts do. */
import * as calibrating from "./app/judge/calibrate.ts";
import * as thresholds from "./app/judge/set-thresholds.ts";
import * as classes from "./app/shards/classify.ts";
import * as classifying from "./app/judge/classify-texts.ts";
import * as clusters from "./app/shards/edit-clusters.ts";
import * as clustering from "./app/shards/cluster.ts";
import * as deduping from "./app/shards/dedupe.ts";
import * as evaluating from "./app/judge/evaluate.ts";
import * as evaluatingClasses from "./app/judge/evaluate-classes.ts";
import * as labelling from "./app/judge/labelled-file.ts";
import * as training from "./app/judge/train-classes.ts";
import * as tuning from "./app/judge/tune.ts";
import * as reporting from "./app/report/report.ts";
import * as classifiers from "./db/results/classifier.ts";
import type { CalibrateOptions } from "./app/judge/calibrate.ts";
import type { EvaluateOptions } from "./app/judge/evaluate.ts";
import type { LabelledFileOptions } from "./app/judge/labelled-file.ts";
import type { ReportOptions } from "./app/report/report.ts";
import type { TrainClassesOptions } from "./app/judge/train-classes.ts";
import type { TuneOptions } from "./app/judge/tune.ts";
import { methodOptions } from "./app/open/checked-index.ts";
import { checkedAsync, either, listOf, oneOf, optional, options, orNull, kinds } from "./check-arguments.ts";

const {
  call,
  classifier,
  database,
  embedder,
  flag,
  index,
  labelled,
  model,
  name,
  number,
  object,
  pairs,
  signal,
  text,
  texts,
} = kinds;
const embedderSettings = { model: either(name, model), threads: number };
export const calibrate: typeof calibrating.calibrate = checkedAsync(
  "calibrate",
  {
    database,
    index,
    embedder,
    options: optional(
      options<CalibrateOptions>({
        questions: listOf(object),
        foreign: listOf(text),
        foreignShare: number,
        sampleRows: number,
        seed: number,
        precision: number,
        suggestPrecision: number,
        confidence: number,
        margins: listOf(number),
        keepGood: flag,
        save: flag,
        signal,
        onProgress: call,
      }),
    ),
  },
  calibrating.calibrate,
);
export const forgetCalibration: typeof thresholds.forgetCalibration = checkedAsync(
  "forgetCalibration",
  { database, index },
  thresholds.forgetCalibration,
);
export const listClassifiers: typeof classes.listClassifiers = checkedAsync(
  "listClassifiers",
  { database },
  classes.listClassifiers,
);
export const dropClassifier: typeof classes.dropClassifier = checkedAsync(
  "dropClassifier",
  { database, name },
  classes.dropClassifier,
);
export const classifyTexts: typeof classifying.classifyTexts = checkedAsync(
  "classifyTexts",
  { record: classifier, index, embedder, texts: listOf(text) },
  classifying.classifyTexts,
);
export const cluster: typeof clustering.cluster = checkedAsync(
  "cluster",
  { database, name, options: optional(methodOptions.cluster) },
  clustering.cluster,
);
export const renameCluster: typeof clusters.renameCluster = checkedAsync(
  "renameCluster",
  { database, index: name, clustering: name, cluster: number, name: orNull(text) },
  clusters.renameCluster,
);
export const mergeClusters: typeof clusters.mergeClusters = checkedAsync(
  "mergeClusters",
  { database, index: name, clustering: name, clusters: listOf(number) },
  clusters.mergeClusters,
);
export const dropClustering: typeof clusters.dropClustering = checkedAsync(
  "dropClustering",
  { database, index: name, clustering: name },
  clusters.dropClustering,
);
export const dedupe: typeof deduping.dedupe = checkedAsync(
  "dedupe",
  { database, name, options: optional(methodOptions.dedupe) },
  deduping.dedupe,
);
export const evaluate: typeof evaluating.evaluate = checkedAsync(
  "evaluate",
  {
    embedder,
    labelled,
    options: optional(options<EvaluateOptions>({ train: texts, samples: number, seed: number, signal })),
  },
  evaluating.evaluate,
);
export const evaluateClasses: typeof evaluatingClasses.evaluateClasses = checkedAsync(
  "evaluateClasses",
  { record: classifier, index, embedder, labelled: texts },
  evaluatingClasses.evaluateClasses,
);
export const readLabelledFile: typeof labelling.readLabelledFile = checkedAsync(
  "readLabelledFile",
  {
    file: name,
    options: optional(
      options<LabelledFileOptions>({ kind: name, columns: listOf(text), limit: number, encoding: name }),
    ),
  },
  labelling.readLabelledFile,
);
export const report: typeof reporting.report = checkedAsync(
  "report",
  {
    database,
    name,
    options: optional(
      options<ReportOptions>({
        ...embedderSettings,
        points: number,
        k: either(number, oneOf("auto")),
        clustering: name,
        duplicates: flag,
        questions: listOf(text),
        seed: number,
        signal,
        onStep: call,
      }),
    ),
  },
  reporting.report,
);
export const trainClasses: typeof training.trainClasses = checkedAsync(
  "trainClasses",
  {
    database,
    index,
    embedder,
    name,
    examples: texts,
    options: optional(options<TrainClassesOptions>({ method: name, precision: number, reject: number, seed: number })),
  },
  training.trainClasses,
);
export const tune: typeof tuning.tune = checkedAsync(
  "tune",
  {
    base: model,
    pairs,
    options: options<TuneOptions>(
      { id: name, out: name, rank: number, epochs: number, seed: number, checks: object, onEpoch: call, signal },
      ["id", "out"],
    ),
  },
  tuning.tune,
);
export const getClassifier: typeof classifiers.getClassifier = checkedAsync(
  "getClassifier",
  { database, name },
  classifiers.getClassifier,
);
