/** The key types that an index can have; `character varying` keys are kept as `text`. */
export type KeyType = "smallint" | "integer" | "bigint" | "uuid" | "text";

/** One column of the key that names a row of the source table. */
export interface KeyColumn {
  readonly name: string;
  readonly type: KeyType;
}

/** A row's key as text, one element a key column: `["17"]`. Postgres' own text form, so that equal keys are equal arrays. */
export type Key = readonly string[];

/** One index as `ltd.index` holds it. */
export interface IndexRecord {
  readonly id: number;
  readonly name: string;
  /** Schema and table as they are named now: a renamed table keeps its index. */
  readonly schema: string;
  readonly table: string;
  /** False when the table is gone (then `schema` and `table` are the names it had). */
  readonly sourceExists: boolean;
  readonly key: readonly KeyColumn[];
  readonly template: string;
  /** The columns that the template names, in its order, each once. */
  readonly columns: readonly string[];
  readonly modelId: string;
  /** Checksum of the model package that the database was filled with. */
  readonly modelChecksum: string;
  readonly dims: number;
  readonly generation: number;
  readonly answerThreshold: number | null;
  readonly suggestThreshold: number | null;
  /** When all rows that existed at creation had been queued; null until then. */
  readonly enqueuedAt: Date | null;
  readonly createdAt: Date;
  /** Where pgvector's types and operators live: it need not be on the search path. */
  readonly vectorSchema: string;
}
