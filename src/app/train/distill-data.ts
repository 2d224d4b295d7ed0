import { createWriteStream, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { finished } from "node:stream/promises";
import { once } from "node:events";
import { join } from "node:path";
import * as v from "valibot";
import { LtdError } from "../../errors.ts";
import { loadPart } from "../../package-part.ts";
import { encode } from "../../text/encode.ts";
import { hasMeaning, normalize } from "../../text/normalize.ts";
import { isRun } from "../../text/pieces.ts";
import { segment, type WordCutter } from "../../text/segment.ts";
import { buildTables, parseCharacters } from "../../text/tables.ts";
import { formatWords, WordColumns, type WordRow } from "../../text/word-columns.ts";
import { WordTrie } from "../../text/word-trie.ts";
import { npyHeader, type NpyType } from "../../vector/npy.ts";
import { discoverWords } from "./discover-words.ts";
import { pieceRows } from "./piece-rows.ts";
import { readLines, readSentences } from "./read-sentences.ts";

const from = (least: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(least));

const tablesSchema = v.strictObject({
  /** Sentences that the document frequencies were counted in. */
  documents: from(1),
  /** Ids of the character embedding, padding and unknown included. */
  chars: from(2),
  /** Ids of the word embedding, padding and unknown included. */
  words: from(2),
  smoothing: v.pipe(v.number(), v.minValue(0)),
  maxChars: from(1),
});

/** What `tables.json` says about the tables beside it. */
export type DistillTables = v.InferOutput<typeof tablesSchema>;

/** Settings of {@link writeDistillTables}; the defaults are those of the bundled student. */
export interface DistillTablesOptions {
  /** A character that the corpus has fewer times is unknown. Default 8. */
  minCharCount?: number;
  /** Default 7000. */
  maxCharacters?: number;
  /** A word in fewer sentences has no embedding of its own. Default 16. */
  minEmbeddedFrequency?: number;
  /** Default 60000. */
  maxEmbeddedWords?: number;
  /**
   * File of pieces of Latin words and numbers to begin with, one a line. Pieces within a word have `##` before them.
   * Default: none.
   */
  pieces?: string;
  /** Default 1. */
  smoothing?: number;
  /** Default 128. */
  maxChars?: number;
}

/**
 * Counts a corpus and writes the tables of a student: `chars.txt`, `words.tsv` and `tables.json`. The words are those
 * of jieba's dictionary that the corpus has, words that it lacks, and the corpus's Latin words, numbers and pieces of
 * them, with document frequencies.
 * @param corpus a text file with one sentence a line, or a TSV with a column `sentence`; `.gz` is unpacked
 */
export async function writeDistillTables(
  corpus: string,
  folder: string,
  options: DistillTablesOptions = {},
): Promise<DistillTables> {
  const { minCharCount = 8, maxCharacters = 7000, minEmbeddedFrequency = 16, maxEmbeddedWords = 60_000 } = options;
  const { readJiebaDictionary } = await loadPart("nodejieba", () => import("../../text/jieba.ts"));
  // letters and digits that stand together are one word without a dictionary
  const jieba = readJiebaDictionary().filter(({ word }) => !isRun(word));
  const dictionary = [...jieba, ...(await discoverWords(() => readWords(corpus, new WordTrie(jieba)), jieba))];
  const first = await countWords(corpus, dictionary);
  // Without the words that the corpus lacks, other cuts win: the frequencies are counted with the dictionary that is
  // shipped.
  const shipped = dictionary.filter((row) => first.documentFrequencies.has(row.word));
  const { documents, documentFrequencies, characters } = await countWords(corpus, shipped);
  if (documents === 0) throw new LtdError("input", `${corpus} has no sentence with a letter or digit`);

  const frequencies = new Map(shipped.map((row) => [row.word, row.frequency]));
  const candidates =
    options.pieces === undefined ? [] : readFileSync(options.pieces, "utf8").split("\n").filter(Boolean);
  const latin = pieceRows(documentFrequencies, candidates, minEmbeddedFrequency);
  const others = [...new Set([...frequencies.keys(), ...documentFrequencies.keys()])]
    .filter((word) => !isRun(word))
    .map((word) => ({
      word,
      frequency: frequencies.get(word) ?? 0,
      documentFrequency: documentFrequencies.get(word) ?? 0,
    }))
    .filter((row) => row.frequency > 0 || row.documentFrequency >= minEmbeddedFrequency);
  const { rows, embedded } = inOrder([...latin, ...others], minEmbeddedFrequency, maxEmbeddedWords);
  const kept = [...characters]
    .filter(([, count]) => count >= minCharCount)
    .sort(([a, countOfA], [b, countOfB]) => countOfB - countOfA || (a < b ? -1 : 1))
    .slice(0, maxCharacters);

  const tables: DistillTables = {
    documents,
    chars: kept.length + 2,
    words: embedded + 2,
    smoothing: options.smoothing ?? 1,
    maxChars: options.maxChars ?? 128,
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "chars.txt"), kept.map(([character]) => `${character}\n`).join(""));
  writeFileSync(join(folder, "words.tsv"), formatWords(rows));
  writeFileSync(join(folder, "tables.json"), `${JSON.stringify(tables, undefined, 2)}\n`);
  return tables;
}

/**
 * Rows with an embedding first, the most frequent ones. A Latin word, number or piece that has none is left out, but
 * for single characters.
 */
function inOrder(all: readonly WordRow[], least: number, most: number): { rows: WordRow[]; embedded: number } {
  const isCharacter = ({ word, frequency }: WordRow) => frequency === 0 && /^(?:##)?[a-z0-9]$/.test(word);
  const isWanted = (row: WordRow) => isCharacter(row) || (row.word.length > 1 && row.documentFrequency >= least);
  const sorted = all.toSorted((a, b) => b.documentFrequency - a.documentFrequency || (a.word < b.word ? -1 : 1));
  const wanted = sorted.filter(isWanted);
  const characters = wanted.filter(isCharacter);
  const first = [...characters, ...wanted.filter((row) => !isCharacter(row)).slice(0, most - characters.length)];
  const embedded = new Set(first);
  const rest = sorted.filter((row) => !embedded.has(row) && !/^(?:##)?[a-z0-9]+$/.test(row.word));
  return { rows: [...first, ...rest], embedded: first.length };
}

/** Reads `tables.json` and the tables beside it. */
export function readDistillTables(folder: string) {
  const read = (name: string) => {
    try {
      return readFileSync(join(folder, name));
    } catch (cause) {
      throw new LtdError("input", `${join(folder, name)} cannot be read`, {
        hint: "write the tables with `ltd-index distill-data tables` first",
        cause,
      });
    }
  };
  const about = v.parse(tablesSchema, JSON.parse(read("tables.json").toString()));
  const rows = WordColumns.parse(read("words.tsv"));
  return {
    about,
    tables: buildTables(parseCharacters(read("chars.txt").toString()), rows, about.documents, about.words - 2),
  };
}

/**
 * Writes the student's input for every line of `texts` into `folder`, as NumPy arrays. They are `offsets.npy` (int64 [N
 * + 1]), and for every character `chars.npy`, `words.npy` (int32 [T]) and `weights.npy` (float32 [T]). Row i is
 * `offsets[i] : offsets[i + 1]`; a line without a letter or digit has an empty row. `normalized.txt` has the lines as
 * the student reads them, for its teacher to read the same.
 * @returns the number of lines and of characters
 */
export async function writeDistillInputs(
  tablesFolder: string,
  texts: string,
  folder: string,
): Promise<{ rows: number; characters: number }> {
  const { about, tables } = readDistillTables(tablesFolder);
  const options = { tables, smoothing: about.smoothing, maxChars: about.maxChars };
  mkdirSync(folder, { recursive: true });
  const chars = new NpyColumn(join(folder, "chars.npy"), "<i4");
  const words = new NpyColumn(join(folder, "words.npy"), "<i4");
  const weights = new NpyColumn(join(folder, "weights.npy"), "<f4");
  const normalized = createWriteStream(join(folder, "normalized.txt"));
  const offsets: bigint[] = [0n];
  let characters = 0;
  for await (const line of readLines(texts)) {
    if (!normalized.write(`${normalize(line)}\n`)) await once(normalized, "drain");
    const input = encode(line, options);
    if (input !== undefined) {
      characters += input.charIds.length;
      await chars.write(input.charIds);
      await words.write(input.wordIds);
      await weights.write(input.weights);
    }
    offsets.push(BigInt(characters));
  }
  normalized.end();
  await Promise.all([chars.end(), words.end(), weights.end(), finished(normalized)]);
  const offsetData = new Uint8Array(BigInt64Array.from(offsets).buffer);
  writeFileSync(join(folder, "offsets.npy"), Buffer.concat([npyHeader("<i8", [offsets.length]), offsetData]));
  return { rows: offsets.length - 1, characters };
}

/** A one-dimensional `.npy` file whose length is known only at its end. */
class NpyColumn {
  readonly #path: string;
  readonly #type: NpyType;
  readonly #stream;
  #length = 0;

  constructor(path: string, type: NpyType) {
    this.#path = path;
    this.#type = type;
    this.#stream = createWriteStream(path, { highWaterMark: 1 << 20 });
    this.#stream.write(npyHeader(type, [0]));
  }

  async write(values: Int32Array | Float32Array): Promise<void> {
    this.#length += values.length;
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    if (!this.#stream.write(bytes)) await once(this.#stream, "drain");
  }

  async end(): Promise<void> {
    this.#stream.end();
    await finished(this.#stream);
    const header = createWriteStream(this.#path, { flags: "r+", start: 0 });
    header.end(npyHeader(this.#type, [this.#length]));
    await finished(header);
  }
}

async function countWords(corpus: string, dictionary: readonly WordRow[]) {
  const trie = new WordTrie(dictionary);
  const documentFrequencies = new Map<string, number>();
  const characters = new Map<string, number>();
  let documents = 0;
  for await (const words of readWords(corpus, trie)) {
    documents++;
    for (const word of new Set(words)) increment(documentFrequencies, word);
    for (const word of words) for (const character of word) increment(characters, character);
  }
  return { documents, documentFrequencies, characters };
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** The words of every sentence that says anything. */
async function* readWords(corpus: string, cutter: WordCutter): AsyncGenerator<string[]> {
  for await (const sentence of readSentences(corpus)) {
    const normalized = normalize(sentence);
    if (hasMeaning(normalized)) yield segment(normalized, cutter);
  }
}
