export { add, addStatements, type AddOptions, type AddResult } from "./app/keep/add.ts";
export type { Counts, WorkOptions } from "./app/keep/batch.ts";
export { calibrate, forgetCalibration, type CalibrateOptions, type CalibrateResult } from "./app/judge/calibrate.ts";
export { cluster, type ClusterResult } from "./app/cluster/cluster.ts";
export { dropClustering, mergeClusters, renameCluster } from "./app/cluster/edit.ts";
export type { Cluster, ClusterMember, Representative } from "./app/cluster/result.ts";
export type { ClusterFit, ClusterOptions, ClusterSettings } from "./app/cluster/settings.ts";
export { dropClassifier, listClassifiers, type ClassifierStatus } from "./app/judge/classifiers.ts";
export { classifyTexts, type ClassifiedText } from "./app/judge/classify-texts.ts";
export { evaluateClasses, type EvaluateClassesResult } from "./app/judge/evaluate-classes.ts";
export { trainClasses, type TrainClassesOptions, type TrainClassesResult } from "./app/judge/train-classes.ts";
export { dedupe, type DedupeOptions, type DedupeResult } from "./app/cluster/dedupe.ts";
export type { DuplicateGroup, DuplicateRow, HeldPair } from "./app/cluster/dedupe-groups.ts";
export type { Keep } from "./app/cluster/dedupe-order.ts";
export type { Check } from "./app/operate/check.ts";
export { doctor } from "./app/operate/doctor.ts";
export { evaluate, type EvaluateOptions, type EvaluateResult } from "./app/judge/evaluate.ts";
export type { Score } from "./app/judge/evaluate-measures.ts";
export { exportIndex, type ExportResult } from "./app/file/export.ts";
export type { ExportCounts, ExportOptions } from "./app/file/plan.ts";
export { grantCurator, grantReader } from "./app/operate/grant.ts";
export { failed, retry, type FailedRow, type RetryResult } from "./app/operate/failed.ts";
export {
  buildGeneration,
  dropGeneration,
  listGenerations,
  rollbackGeneration,
  switchGeneration,
  type GenerationOptions,
  type GenerationResult,
  type GenerationStatus,
} from "./app/operate/generation.ts";
export { init, type InitResult } from "./app/keep/init.ts";
export { readLabelledFile, type LabelledFileOptions } from "./app/judge/labelled-file.ts";
export { addAlias, listAliases, removeAlias, type AliasResult, type WantedAlias } from "./app/ask/alias.ts";
export type { Answer } from "./app/ask/answer.ts";
export type { MatchOptions, MatchResult } from "./app/ask/match.ts";
export { accept, journal, reject, setAside, undo, type CurateOptions, type CurateResult } from "./app/loop/curate.ts";
export type { UndoResult } from "./app/loop/curate.ts";
export {
  check,
  readGolden,
  saveGolden,
  type CheckOptions,
  type CheckResult,
  type GoldenResult,
} from "./app/loop/check.ts";
export { acceptVoted } from "./app/loop/accept-voted.ts";
export { feedback, type Feedback } from "./app/loop/feedback.ts";
export type { Gap, GapRow, GapsOptions, GapsResult } from "./app/loop/gaps.ts";
export { loopLabels, type LoopLabel } from "./app/loop/labels.ts";
export { clearLog, logStatus, setLog, stopLog, type LogOptions, type LogStatus } from "./app/loop/log.ts";
export { openIndex, type Index, type OpenIndexOptions } from "./app/open/open-index.ts";
export type { LocalIndex, OpenLocalOptions } from "./app/open/open-local.ts";
export { remove, type RemoveOptions, type RemoveResult } from "./app/keep/remove.ts";
export { report, type ReportOptions, type ReportStep } from "./app/report/report.ts";
export type { Hit, SearchOptions, SearchResult } from "./app/ask/search.ts";
export type { SimilarOptions } from "./app/ask/similar.ts";
export type { RowKey } from "./app/row-key.ts";
export { status, type IndexStatus } from "./app/status.ts";
export type { SyncOptions, SyncProgress, SyncResult } from "./app/keep/sync.ts";
export { tune, type TunedScore, type TuneOptions, type TuneResult } from "./app/judge/tune.ts";
export { verify, type Fault, type Finding, type VerifyOptions, type VerifyResult } from "./app/operate/verify.ts";
export { verifyLocal, type LocalFault, type LocalVerifyResult } from "./app/file/verify.ts";
export { watch, type WatchEvent, type WatchOptions } from "./app/keep/watch.ts";
export {
  fitWeights,
  setWeights,
  showWeights,
  unsetWeights,
  type ShownWeight,
  type WeightsResult,
} from "./app/operate/weights.ts";
export type { WantedWeight } from "./app/operate/wanted-weight.ts";
export type { HnswSettings } from "./ann/hnsw-settings.ts";
export type { SearchMethod } from "./ann/vector-search.ts";
export type { SweepStep } from "./cluster/choose-k.ts";
export type { ClusterWord } from "./cluster/label-words.ts";
export { getClassifier, type ClassifierRecord } from "./db/results/classifier.ts";
export type { Database, Queryable } from "./db/database.ts";
export type { Alias } from "./db/ask/alias.ts";
export type { Key } from "./db/index-record.ts";
export type { Curation, CurationAction } from "./db/loop/curation.ts";
export type { Mask } from "./db/loop/question-log.ts";
export type { QueryPlan, RowFilter } from "./db/ask/read-index.ts";
export { openDatabase } from "./db/connect/open.ts";
export { createEmbedder, type Embedder, type EmbedderOptions } from "./embed/embedder.ts";
export { DEFAULT_MODEL, loadModel, type ModelDescription, type ModelPackage } from "./embed/model-package.ts";
export { operationAt, type Operation, type Trial } from "./judge/calibration.ts";
export { predict, type Classifier, type ClassifierMethod, type Prediction } from "./judge/classifier.ts";
export type { ClassifierReport } from "./judge/classifier-report.ts";
export { trainClassifier, type Candidate, type TrainOptions } from "./judge/train-classifier.ts";
export { decide, type Decision, type JudgedRow, type Thresholds, type Verdict } from "./judge/decision.ts";
export type { GoldenAnswer, GoldenChange, GoldenComparison, GoldenScores } from "./judge/golden.ts";
export type { LabelledQuestion } from "./judge/labelled-questions.ts";
export type { Interval } from "./judge/interval.ts";
export type { Labelled, LabelledFaq, LabelledOptions, LabelledPairs, LabelledTexts } from "./judge/labelled.ts";
export { LtdError, type ErrorCode, type LtdErrorOptions } from "./errors.ts";
export { reportHtml } from "./report/html.ts";
export type { ReportData } from "./report/report-data.ts";
export type { Vocabulary } from "./judge/vocabulary.ts";
export { lexemes } from "./text/lexemes.ts";
export { encode, type EncodeOptions, type StudentInput } from "./text/encode.ts";
export { hasMeaning, normalize } from "./text/normalize.ts";
export { Random } from "./vector/random.ts";
export { createMatrix, rowOf, type Matrix } from "./vector/matrix.ts";
