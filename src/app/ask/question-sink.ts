import type { Decision } from "../../judge/decision.ts";
import type { Key } from "../../db/index-record.ts";

/** A question and what became of it. */
export interface AskedQuestion {
  readonly question: string;
  readonly decision: Decision;
  readonly chance: number | null;
  /** Of the first row; null where none was found. */
  readonly key: Key | null;
  readonly similarity: number | null;
}

/** A log that takes questions at this moment. */
export interface OpenLog {
  readonly sink: QuestionSink;
  /** Share of the questions that it takes, in (0, 1]. */
  readonly sample: number;
}

/** Takes the questions of an index whose log is on. */
export interface QuestionSink {
  /** Takes one question without waiting for anything; returns its id, or null where it cannot be kept. Never throws. */
  record(asked: AskedQuestion): string | null;
}
