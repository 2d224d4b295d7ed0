import { cutText } from "./cut-text.ts";
import { exactTokens, type ExactTokens } from "./exact-token.ts";
import { hasMeaning, normalize } from "./normalize.ts";
import { isRun, pieces } from "./pieces.ts";
import { segment } from "./segment.ts";
import { readsPieces, UNKNOWN_ID, wordId, type TextTables } from "./tables.ts";
import { characterWeight, inverseDocumentFrequency, weighCharacters } from "./weigh.ts";
import type { WordWeights } from "./word-weight.ts";

/** One text as the student reads it. The three arrays have one element a character, L of them. */
export interface StudentInput {
  charIds: Int32Array;
  /** For every character, the id of the word that it is in. For a Latin word or number, of its piece. */
  wordIds: Int32Array;
  /** Pooling weights; they sum to 1. */
  weights: Float32Array;
  /** All words of the text, also those behind the model's cut. */
  words: string[];
  /** Its names, codes and numbers. */
  tokens: ExactTokens;
  /** Whether the text was longer than `maxChars` characters and lost its end. */
  truncated: boolean;
}

/** How text becomes input: the tables, and the two numbers that the student was trained with. */
export interface EncodeOptions {
  tables: TextTables;
  /** Added to the weight of each character before normalising. */
  smoothing: number;
  /** Characters kept of a text, counted without blanks. */
  maxChars: number;
  /** Words whose weight differs from the tables'. */
  weights?: WordWeights;
}

/**
 * Normalises, segments, weighs and looks up one text, as far as it is read (see {@link cutText}). Returns undefined for
 * a text without a letter or digit: it has no vector.
 *
 * @example
 * const { tables } = await loadModel();
 * const input = encode("怎么退款", { tables, smoothing: 1, maxChars: 128 }); // ids and weights of 4 characters
 */
export function encode(text: string, options: EncodeOptions): StudentInput | undefined {
  const read = cutText(text);
  const normalized = normalize(read);
  if (!hasMeaning(normalized)) return undefined;
  const words = segment(normalized, options.tables.words);
  const { charIds, wordIds, truncated, kept, characterWeights } = lookUp(words, options);
  return {
    charIds,
    wordIds,
    weights: weighCharacters(kept, characterWeights),
    words,
    tokens: exactTokens(read, normalized),
    truncated,
  };
}

/** Ids of a text's words and characters, and what {@link weighCharacters} wants to know of each word. */
interface Looked extends Pick<StudentInput, "charIds" | "wordIds" | "truncated"> {
  kept: number[];
  characterWeights: number[];
}

/** Looks words and characters up in the tables, as far as they are read. */
export function lookUp(words: readonly string[], options: EncodeOptions): Looked {
  const { tables, maxChars, weights, smoothing } = options;
  const units = words.reduce((sum, word) => sum + word.length, 0);
  const charIds = new Int32Array(Math.min(units, maxChars));
  const wordIds = new Int32Array(charIds.length);
  const kept: number[] = [];
  const characterWeights: number[] = [];
  let at = 0;
  let truncated = false;
  for (const word of words) {
    const row = tables.words.find(word);
    const id = wordId(row, tables);
    const run = isRun(word) && readsPieces(tables);
    const before = at;
    let length = 0;
    for (let unit = 0; unit < word.length; length++) {
      const code = word.codePointAt(unit)!;
      unit += code > 0xffff ? 2 : 1;
      if (at === maxChars) {
        truncated = true;
        continue;
      }
      charIds[at] = tables.unitIds[code] ?? tables.characterIds.get(String.fromCodePoint(code)) ?? UNKNOWN_ID;
      wordIds[at] = id;
      at++;
    }
    if (at > before) {
      if (run && row < 0) readPieces(word, wordIds.subarray(before, at), tables);
      const idf =
        weights?.get(word)?.idf ??
        (row < 0 ? tables.unknownIdf : inverseDocumentFrequency(tables.documents, tables.words.documentFrequency(row)));
      kept.push(at - before);
      characterWeights.push(characterWeight(idf, length, smoothing, run ? 2 : length));
    }
    if (truncated) break;
  }
  // Fewer characters than units where some take two.
  return { charIds: charIds.slice(0, at), wordIds: wordIds.slice(0, at), truncated, kept, characterWeights };
}

/** Puts the ids of a word's pieces into `out`, one a character. */
function readPieces(word: string, out: Int32Array, tables: TextTables): void {
  for (const [at, piece] of pieces(word, out.length, (each) => tables.words.find(each) >= 0).entries())
    out[at] = wordId(tables.words.find(piece), tables);
}
