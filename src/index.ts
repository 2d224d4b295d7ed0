export { add, addStatements, type AddOptions, type AddResult } from "./app/add.ts";
export type { Counts, WorkOptions } from "./app/batch.ts";
export { calibrate, forgetCalibration, type CalibrateOptions, type CalibrateResult } from "./app/calibrate.ts";
export { cluster, type ClusterResult } from "./app/cluster.ts";
export { dropClustering, mergeClusters, renameCluster } from "./app/cluster-edit.ts";
export type { Cluster, ClusterMember, Representative } from "./app/cluster-result.ts";
export type { ClusterFit, ClusterOptions, ClusterSettings } from "./app/cluster-settings.ts";
export {
  classifiers as listClassifiers,
  classifyTexts,
  evaluateClasses,
  forgetClassifier,
  trainClasses,
  type ClassifiedText,
  type ClassifierStatus,
  type EvaluateClassesResult,
  type TrainClassesOptions,
  type TrainClassesResult,
} from "./app/classify.ts";
export { dedupe, type DedupeOptions, type DedupeResult, type DuplicateGroup, type DuplicateRow } from "./app/dedupe.ts";
export type { Keep } from "./app/dedupe-order.ts";
export { doctor, type Check } from "./app/doctor.ts";
export { evaluate, type EvaluateOptions, type EvaluateResult, type Score } from "./app/evaluate.ts";
export { exportIndex, type ExportResult } from "./app/export.ts";
export type { ExportCounts, ExportOptions } from "./app/export-plan.ts";
export { failed, retry, type FailedRow, type RetryResult } from "./app/failed.ts";
export {
  buildGeneration,
  drop as dropGeneration,
  generations as listGenerations,
  rollback as rollbackGeneration,
  switchToBuilt as switchGeneration,
  type GenerationOptions,
  type GenerationResult,
  type GenerationStatus,
} from "./app/generation.ts";
export { init, type InitResult } from "./app/init.ts";
export { readLabelledFile, type LabelledFileOptions } from "./app/labelled-file.ts";
export { addAlias, aliases, removeAlias, type AliasResult, type WantedAlias } from "./app/alias.ts";
export type { Answer, MatchOptions, MatchResult } from "./app/match.ts";
export { openIndex, type Index, type OpenIndexOptions } from "./app/open-index.ts";
export type { LocalIndex, OpenLocalOptions } from "./app/open-local.ts";
export { remove } from "./app/remove.ts";
export { report, type ReportOptions, type ReportStep } from "./app/report.ts";
export type { Hit, SearchOptions, SearchResult } from "./app/search.ts";
export type { RowKey, SimilarOptions } from "./app/similar.ts";
export { status, type IndexStatus } from "./app/status.ts";
export type { SyncOptions, SyncProgress, SyncResult } from "./app/sync.ts";
export { tune, type TunedScore, type TuneOptions, type TuneResult } from "./app/tune.ts";
export { verify, type Fault, type Finding, type VerifyOptions, type VerifyResult } from "./app/verify.ts";
export { verifyLocal, type LocalFault, type LocalVerifyResult } from "./app/verify-local.ts";
export { watch, type WatchEvent, type WatchOptions } from "./app/watch.ts";
export {
  fitWeights,
  setWeights,
  showWeights,
  unsetWeights,
  type ShownWeight,
  type WeightsResult,
} from "./app/weights.ts";
export type { WantedWeight } from "./app/wanted-weight.ts";
export type { HnswSettings } from "./ann/hnsw-settings.ts";
export type { SearchMethod } from "./ann/vector-search.ts";
export type { SweepStep } from "./cluster/choose-k.ts";
export type { ClusterWord } from "./cluster/label-words.ts";
export { getClassifier, type ClassifierRecord } from "./db/classifier.ts";
export type { Database, Queryable } from "./db/database.ts";
export type { Alias } from "./db/alias.ts";
export type { Key } from "./db/index-record.ts";
export type { QueryPlan, RowFilter } from "./db/read-index.ts";
export { openDatabase } from "./db/open.ts";
export { createEmbedder, type Embedder, type EmbedderOptions } from "./embed/embedder.ts";
export { DEFAULT_MODEL, loadModel, type ModelDescription, type ModelPackage } from "./embed/model-package.ts";
export { operationAt, type Operation, type Trial } from "./judge/calibration.ts";
export {
  predict,
  trainClassifier,
  type Candidate,
  type Classifier,
  type ClassifierMethod,
  type ClassifierReport,
  type Prediction,
  type TrainOptions,
} from "./judge/classifier.ts";
export { decide, type Decision, type Thresholds } from "./judge/decision.ts";
export type { LabelledQuestion } from "./judge/labelled-questions.ts";
export type { Interval } from "./judge/interval.ts";
export type { Labelled, LabelledFaq, LabelledOptions, LabelledPairs, LabelledTexts } from "./judge/labelled.ts";
export { LtdError, type ErrorCode, type LtdErrorOptions } from "./errors.ts";
export { toHtml as reportHtml } from "./report/html.ts";
export type { ReportData } from "./report/report-data.ts";
export type { Vocabulary } from "./judge/vocabulary.ts";
export { lexemes } from "./text/lexemes.ts";
export { encode, type EncodeOptions, type StudentInput } from "./text/encode.ts";
export { hasMeaning, normalize } from "./text/normalize.ts";
export { Random } from "./vector/random.ts";
export { createMatrix, rowOf, type Matrix } from "./vector/matrix.ts";
