/** A column of vectors. Drivers give text, or numbers if the types of the package `pgvector` are registered. */
export type VectorColumn = string | number[] | null;

/**
 * A row of `ltd.entry_<index>`, as node-postgres gives it. Type parameter `Key` is the row's key, a tuple if it has
 * several columns.
 */
export type EntryTable<Key = string> = EntryKey<Key> & {
  /** Null for a row without a letter or digit. Missing if the vectors are in a column of the table itself. */
  embedding: VectorColumn;
  /** Whether the text was longer than what the model reads. */
  truncated: boolean;
  /** The words of the text, a `tsvector`. */
  words: string;
  content_hash: Uint8Array;
  updated_at: Date;
};

/** `{ key }`, or of a tuple `{ key_1, key_2, … }`. */
type EntryKey<Key> = Key extends readonly unknown[]
  ? { [At in keyof Key & keyof Counted as `key_${Counted[At] & string}`]: Key[At] }
  : { key: Key };

/** From an index of a tuple to the number of the column. */
interface Counted {
  "0": "1";
  "1": "2";
  "2": "3";
  "3": "4";
  "4": "5";
  "5": "6";
  "6": "7";
  "7": "8";
}
