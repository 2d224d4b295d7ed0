import { createHash } from "node:crypto";

/** What a local file keeps of a row beside its text: three hashes of 16 bytes. */
export interface RowHashes {
  /** See {@link hashOfKey}. */
  readonly key: Uint8Array;
  /** Of the text and the model, as the entry in the database has it: equal hashes have equal vectors. */
  readonly content: Uint8Array;
  /** Of the row as JSON. */
  readonly row: Uint8Array;
}

const HASH_BYTES = 16;

/** A hash of a key, wide enough that no two keys have one. */
export function hashOfKey(key: readonly string[]): Uint8Array {
  return hash16(JSON.stringify(key));
}

/** The first 16 bytes of the SHA-256 of a text. */
export function hash16(text: string): Uint8Array {
  return createHash("sha256").update(text).digest().subarray(0, HASH_BYTES);
}

/**
 * N labels with where their rows lie, and their hashes, column by column: 56 bytes a label. A label whose row has no
 * bytes was removed.
 */
export class RowTable {
  labels = 0;
  /** Labels that have a row. */
  rows = 0;
  /** Where the next row goes. */
  end = 0;
  #offsets: Float64Array;
  #hashes: Uint8Array[];
  #byKey: Uint32Array | undefined;

  constructor(capacity = 1024) {
    this.#offsets = new Float64Array(capacity + 1);
    this.#hashes = [0, 1, 2].map(() => new Uint8Array(capacity * HASH_BYTES));
  }

  /** Total bytes of {@link columns} for this number of labels. */
  static bytesOf(labels: number): number {
    return (labels + 1) * Float64Array.BYTES_PER_ELEMENT + 3 * labels * HASH_BYTES;
  }

  /** Reads what {@link columns} gave; null where it cannot be that. */
  static parse(bytes: Uint8Array, labels: number): RowTable | null {
    if (bytes.length !== RowTable.bytesOf(labels)) return null;
    const table = new RowTable(labels);
    const [, ...columns] = table.#columns(labels);
    let at = table.#offsets.byteLength;
    new Uint8Array(table.#offsets.buffer).set(bytes.subarray(0, at));
    for (const column of columns) {
      column.set(bytes.subarray(at, at + column.length));
      at += column.length;
    }
    table.labels = labels;
    table.end = table.#offsets[labels]!;
    for (let label = 0; label < labels; label++) {
      const length = table.lengthOf(label);
      if (!(length >= 0)) return null;
      if (length > 0) table.rows++;
    }
    return table;
  }

  /** Gives the next label to a row of `bytes` bytes (0: a label without a row). */
  add(bytes: number, hashes: RowHashes | null): number {
    if (this.labels + 1 === this.#offsets.length) this.#grow();
    const label = this.labels++;
    this.end += bytes;
    this.#offsets[label + 1] = this.end;
    if (hashes !== null) {
      const of = [hashes.key, hashes.content, hashes.row];
      of.forEach((hash, column) => this.#hashes[column]!.set(hash, label * HASH_BYTES));
      this.rows++;
    }
    return label;
  }

  /** Where the row of a label begins. */
  offsetOf(label: number): number {
    return this.#offsets[label]!;
  }

  /** Bytes of the row of a label; 0: it was removed. */
  lengthOf(label: number): number {
    return this.#offsets[label + 1]! - this.#offsets[label]!;
  }

  hashesOf(label: number): RowHashes {
    const [key, content, row] = this.#hashes.map((column) =>
      column.subarray(label * HASH_BYTES, (label + 1) * HASH_BYTES),
    );
    return { key: key!, content: content!, row: row! };
  }

  /** The labels whose rows were removed. */
  *removed(): Generator<number> {
    for (let label = 0; label < this.labels; label++) if (this.lengthOf(label) === 0) yield label;
  }

  /** The label of a key's row; undefined when it has none. The first call takes some 0.1 µs a row. */
  labelOf(keyHash: Uint8Array): number | undefined {
    const slots = (this.#byKey ??= this.#index());
    const keys = this.#hashes[0]!;
    for (let slot = slotOf(keyHash, 0, slots); slots[slot] !== 0; slot = (slot + 1) & (slots.length - 1)) {
      const label = slots[slot]! - 1;
      if (keyHash.every((byte, at) => byte === keys[label * HASH_BYTES + at])) return label;
    }
    return undefined;
  }

  /** All of it as bytes: N + 1 float64 offsets, then the hashes of keys, of contents, of rows. */
  columns(): Uint8Array[] {
    return this.#columns(this.labels);
  }

  #columns(labels: number): Uint8Array[] {
    const offsets = new Uint8Array(this.#offsets.buffer, 0, (labels + 1) * Float64Array.BYTES_PER_ELEMENT);
    return [offsets, ...this.#hashes.map((column) => column.subarray(0, labels * HASH_BYTES))];
  }

  #grow(): void {
    const larger = new Float64Array(2 * this.#offsets.length);
    larger.set(this.#offsets);
    this.#offsets = larger;
    this.#hashes = this.#hashes.map((column) => {
      const longer = new Uint8Array((larger.length - 1) * HASH_BYTES);
      longer.set(column);
      return longer;
    });
  }

  /** A hash table of labels + 1, half empty at least, by the first four bytes of the key's hash. */
  #index(): Uint32Array {
    const slots = new Uint32Array(2 ** Math.ceil(Math.log2(2 * this.labels + 2)));
    const keys = this.#hashes[0]!;
    for (let label = 0; label < this.labels; label++) {
      if (this.lengthOf(label) === 0) continue;
      let slot = slotOf(keys, label * HASH_BYTES, slots);
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = label + 1;
    }
    return slots;
  }
}

function slotOf(hash: Uint8Array, at: number, slots: Uint32Array): number {
  const number = hash[at]! | (hash[at + 1]! << 8) | (hash[at + 2]! << 16) | (hash[at + 3]! << 24);
  return (number >>> 0) & (slots.length - 1);
}
