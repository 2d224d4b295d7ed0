import { open, type FileHandle } from "node:fs/promises";
import { damaged, readAll } from "./data-file.ts";
import { hashOfKey, RowTable, type RowHashes } from "./row-table.ts";

/** A row of a local file. */
export interface StoredRow {
  /** As text, one element a key column. */
  readonly key: readonly string[];
  readonly row: Readonly<Record<string, unknown>>;
  /** The columns of the template as Postgres writes them, in its order. Missing where they stand so in `row`. */
  readonly values?: readonly (string | null)[];
}

/** A row as it is written. */
export interface RowToStore {
  readonly key: readonly string[];
  /** JSON of an object. */
  readonly row: string;
  /** See {@link StoredRow}. */
  readonly values?: readonly (string | null)[];
  readonly contentHash: Uint8Array;
  readonly rowHash: Uint8Array;
}

const FLUSH_BYTES = 1 << 20;

/**
 * Writes the keys and rows of a local file. Each label is a JSON line `{"key":["17"],"row":{…},"values":["…"]}`; the
 * table at the end says where the lines start.
 */
export class RowFileWriter {
  readonly table = new RowTable();
  readonly #file: FileHandle;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async create(path: string): Promise<RowFileWriter> {
    return new RowFileWriter(await open(path, "wx"));
  }

  /** Writes a row and gives it the next label. */
  async add({ key, row, values, contentHash, rowHash }: RowToStore): Promise<void> {
    const more = values === undefined ? "" : `,"values":${JSON.stringify(values)}`;
    const line = Buffer.from(`{"key":${JSON.stringify(key)},"row":${row}${more}}\n`);
    await this.copy(line, { key: hashOfKey(key), content: contentHash, row: rowHash });
  }

  /** Writes a line of another such file; null: the label stays without a row. */
  async copy(line: Uint8Array | null, hashes: RowHashes | null): Promise<void> {
    this.table.add(line?.length ?? 0, hashes);
    if (line === null) return;
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    if (this.#waitingBytes >= FLUSH_BYTES) await this.#flush();
  }

  /** Writes the table and closes the file. */
  async finish(): Promise<void> {
    this.#waiting.push(...this.table.columns());
    await this.#flush();
    await this.#file.close();
  }

  /** Closes a file that is not wanted any more. */
  async close(): Promise<void> {
    await this.#file.close().catch(() => {});
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    await this.#file.writeFile(Buffer.concat(waiting));
  }
}

/** The keys and rows of a local file. The table is in memory; rows are read from disk on demand. */
export class RowFile {
  readonly table: RowTable;
  readonly #file: FileHandle;
  readonly #path: string;

  private constructor(file: FileHandle, path: string, table: RowTable) {
    this.#file = file;
    this.#path = path;
    this.table = table;
  }

  /** Throws LtdError "input" for a file that has no such table. */
  static async open(path: string, labels: number): Promise<RowFile> {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      const bytes = new Uint8Array(Math.min(size, RowTable.bytesOf(labels)));
      await readAll(file, path, bytes, size - bytes.length);
      const table = RowTable.parse(bytes, labels);
      if (table === null || table.end !== size - bytes.length) throw damaged(path, `it has no table of ${labels} rows`);
      return new RowFile(file, path, table);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** The label of a key's row; undefined when it has none. */
  labelOf(key: readonly string[]): number | undefined {
    return this.table.labelOf(hashOfKey(key));
  }

  /** The rows of some labels, in their order. */
  async read(labels: readonly number[]): Promise<StoredRow[]> {
    return Promise.all(labels.map(async (label) => this.#parse(label, await this.line(label))));
  }

  #parse(label: number, line: Uint8Array): StoredRow {
    let found: Partial<StoredRow> | null;
    try {
      found = JSON.parse(Buffer.from(line).toString("utf8")) as Partial<StoredRow> | null;
    } catch {
      throw damaged(this.#path, `its row ${label} is not JSON`);
    }
    const { key, row, values } = found ?? {};
    const isRow =
      Array.isArray(key) && key.every((part) => typeof part === "string") && typeof row === "object" && row !== null;
    if (!isRow) throw damaged(this.#path, `its row ${label} has no key or no row`);
    const isValues = Array.isArray(values) && values.every((value) => value === null || typeof value === "string");
    if (values !== undefined && !isValues) throw damaged(this.#path, `its row ${label} has values that are not text`);
    return { key, row, ...(values !== undefined && { values }) };
  }

  /** The bytes of one row, as {@link RowFileWriter.copy} takes them. */
  async line(label: number): Promise<Uint8Array> {
    const length = this.table.lengthOf(label);
    if (!(length > 0)) throw damaged(this.#path, `it has no row ${label}`);
    const line = Buffer.allocUnsafe(length);
    await readAll(this.#file, this.#path, line, this.table.offsetOf(label));
    return line;
  }

  /** All labels in their order with their bytes, read a mebibyte at a time. Null for one that was removed. */
  async *lines(): AsyncGenerator<{ label: number; line: Uint8Array | null }> {
    const { table } = this;
    for (let first = 0; first < table.labels;) {
      const from = table.offsetOf(first);
      let last = first;
      while (last + 1 < table.labels && table.offsetOf(last + 2) - from <= FLUSH_BYTES) last++;
      const block = Buffer.allocUnsafe(table.offsetOf(last + 1) - from);
      await readAll(this.#file, this.#path, block, from);
      for (let label = first; label <= last; label++) {
        const start = table.offsetOf(label) - from;
        const length = table.lengthOf(label);
        yield { label, line: length === 0 ? null : block.subarray(start, start + length) };
      }
      first = last + 1;
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
