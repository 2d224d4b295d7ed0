import type { MapQuality } from "./map/quality.ts";

/** A row of the index on the map. */
export interface ReportPoint {
  readonly key: readonly string[];
  readonly text: string;
  /** Place on the map, any unit. */
  readonly x: number;
  readonly y: number;
  /** `id` of its cluster; null: unassigned. */
  readonly cluster: number | null;
}

export interface ReportCluster {
  readonly id: number;
  /** What it is called: given by hand, or its first words. */
  readonly label: string;
  /** Words that set it apart, the best first. */
  readonly words: readonly string[];
  /** Rows of the index in it, drawn or not. */
  readonly size: number;
  /** Mean cosine of its rows to its centroid, in [-1, 1]: 1 where all are equal. */
  readonly cohesion: number;
  /** Texts of rows near its centroid. */
  readonly examples: readonly string[];
}

export interface ReportDuplicates {
  /** Rows are near-duplicates from this cosine on. */
  readonly threshold: number;
  /** All groups, those that are not listed too. */
  readonly groupCount: number;
  /** Rows besides the survivors. */
  readonly rowCount: number;
  /** The first groups, largest first. */
  readonly groups: readonly {
    readonly survivor: { readonly key: readonly string[]; readonly text: string };
    /** The first of its duplicates, the nearest first. */
    readonly others: readonly { readonly key: readonly string[]; readonly text: string; readonly similarity: number }[];
    /** All of them. */
    readonly otherCount: number;
  }[];
  /**
   * Pairs that are as near, but differ in what must be the same. Their number, and the first of them, the nearest
   * first.
   */
  readonly heldCount: number;
  readonly held: readonly {
    readonly rows: readonly [
      { readonly key: readonly string[]; readonly text: string },
      { readonly key: readonly string[]; readonly text: string },
    ];
    readonly similarity: number;
    /** What they say differently: `number: 4090, 4060`. */
    readonly reasons: readonly string[];
  }[];
}

/** What an answer threshold does, as `calibrate` measured it. */
export interface ReportCurve {
  /**
   * What is measured. With `precision`, the share of the given answers that are right; without labels `falseAnswers`,
   * the share of the questions without an answer that get one.
   */
  readonly measure: "precision" | "falseAnswers";
  /** The highest threshold first. */
  readonly points: readonly {
    /** Everything from this similarity on is answered. */
    readonly threshold: number;
    /** The measure and its interval, 0 to 1. */
    readonly value: number;
    readonly low: number;
    readonly high: number;
    /** Share of the questions that are answered, 0 to 1. */
    readonly coverage: number;
  }[];
}

export interface ReportThresholds {
  readonly answer: number;
  readonly suggest: number;
  readonly margin: number;
  readonly source: "calibrated" | "set" | "model";
  /** Why they may be out of date; null where nothing is wrong. */
  readonly stale: string | null;
  /** Null where nothing was calibrated. */
  readonly curve: ReportCurve | null;
}

export interface ReportQuestions {
  readonly asked: number;
  readonly answered: number;
  /** With the decision `suggest`. */
  readonly suggested: number;
  /** Those without a sure answer, by meaning, largest group first. */
  readonly groups: readonly {
    /** How often they were asked, all together; left out where only the questions are known. */
    readonly times?: number;
    readonly questions: readonly {
      readonly question: string;
      readonly decision: "suggest" | "none";
      /** Of the nearest row; null if there is none. */
      readonly similarity: number | null;
      readonly nearest: string | null;
    }[];
  }[];
}

/** Counts of `status`. */
export interface ReportSync {
  readonly entries: number;
  readonly indexed: number;
  readonly empty: number;
  readonly truncated: number;
  readonly pending: number;
  readonly leased: number;
  readonly failed: number;
  readonly oldestSeconds: number | null;
  readonly lastError: string | null;
  readonly vectorIndex: "missing" | "valid" | "invalid";
  readonly sourceExists: boolean;
}

/** All that a report draws. Numbers and texts only: no vectors. */
export interface ReportData {
  readonly index: string;
  readonly table: string;
  readonly model: string;
  /** Version of this package. */
  readonly version: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly sync: ReportSync;
  /** Rows that have a vector, drawn or not. */
  readonly rows: number;
  readonly points: readonly ReportPoint[];
  readonly quality: MapQuality;
  /** Largest first. */
  readonly clusters: readonly ReportCluster[];
  /** Rows of the index that are in no cluster. */
  readonly unassigned: number;
  /** Null where they were not looked for. */
  readonly duplicates: ReportDuplicates | null;
  readonly thresholds: ReportThresholds;
  /** Null where no questions were given. */
  readonly questions: ReportQuestions | null;
}
