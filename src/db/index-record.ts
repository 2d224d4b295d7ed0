/**
 * SQL type of a key column, without modifiers. For example `bigint`, `timestamp with time zone`, `public.mood`. See
 * `ltd.key_type`.
 */
export type KeyType = string;

/** One column of the key that names a row of the source table. */
export interface KeyColumn {
  readonly name: string;
  readonly type: KeyType;
  /** The column's collation, as SQL, where two texts that differ can be one key. */
  readonly collation?: string;
}

/** How an index learns of changes: triggers for each statement, triggers for each row, or polling. */
export type Capture = "statement" | "row" | "poll";

/**
 * A row's key as text, one element a key column: `["17"]`. Postgres' own text form, so that equal keys are equal
 * arrays.
 */
export type Key = readonly string[];

/**
 * State of a generation. The `live` one is what readers get; `building` is filled beside it; `previous` was live before
 * and can be again.
 */
export type GenerationState = "live" | "building" | "previous";

/** What `calibrate` has measured. */
export interface Calibration {
  /** ISO 8601. */
  readonly at: string;
  /** What it was measured for. */
  readonly generation: number;
  readonly model: string;
  readonly modelChecksum: string;
  readonly answer: number | null;
  readonly suggest: number | null;
  readonly margin: number | null;
  /** As in the record; missing in older ones. */
  readonly slope?: number | null;
  readonly offset?: number | null;
  /** All else that is worth keeping of the measurement, as JSON. */
  readonly report: Readonly<Record<string, unknown>>;
}

/** One generation of an index, as `ltd.index` holds it: its live one, where nothing else is said. */
export interface IndexRecord {
  /** Of the generation: its triggers, queue and entries go by it. */
  readonly id: number;
  readonly name: string;
  /** Schema and table as they are named now: a renamed table keeps its index. */
  readonly schema: string;
  readonly table: string;
  /** False when the table is gone (then `schema` and `table` are the names it had). */
  readonly sourceExists: boolean;
  /** Columns that the index needs and the table no longer has. */
  readonly missingColumns: readonly string[];
  /** The Postgres types that the key columns have now; null for one that is gone. */
  readonly keyTypesNow: readonly (string | null)[];
  readonly capture: Capture;
  readonly key: readonly KeyColumn[];
  readonly template: string;
  /** The columns that the template names, in its order, each once. */
  readonly columns: readonly string[];
  /** The condition that a row must pass to be indexed, as Postgres writes it; null: all rows are. */
  readonly filter: string | null;
  /** The columns that the filter uses. */
  readonly filterColumns: readonly string[];
  /** Of a source without triggers: the column that says when a row was changed. Null where there are triggers. */
  readonly updatedAtColumn: string | null;
  readonly modelId: string;
  /** Checksum of the model package that the database was filled with. */
  readonly modelChecksum: string;
  readonly dims: number;
  /** Counted from 1. */
  readonly generation: number;
  readonly state: GenerationState;
  /** Column of the source table that has the vectors while the generation is live. Null: its entry table has them. */
  readonly vectorColumn: string | null;
  /** Whether `add` made that column. */
  readonly vectorColumnAdded: boolean;
  readonly answerThreshold: number | null;
  readonly suggestThreshold: number | null;
  readonly answerMargin: number | null;
  /** What the table makes of the judge's chances: slope and offset of their log odds; null: nothing. */
  readonly judgeSlope: number | null;
  readonly judgeOffset: number | null;
  /** Null: never calibrated. A new generation takes over what was measured for another one. */
  readonly calibration: Calibration | null;
  /** When all rows that existed at creation had been queued; null until then. */
  readonly enqueuedAt: Date | null;
  readonly createdAt: Date;
  /** Where pgvector's types and operators live: it need not be on the search path. */
  readonly vectorSchema: string;
  /** Whether the vectors are stored as `halfvec`, two bytes a number. */
  readonly halfVectors: boolean;
}
