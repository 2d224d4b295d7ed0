import { rowOf, type Matrix } from "../../src/index.ts";
import { cosines, nearness, type Nearness } from "./cosines.ts";
import type { Embed } from "./drift.ts";

/** Characters of a text. */
const LENGTHS = [1, 2, 4, 8, 16, 32, 64, 96, 128, 192, 256, 384, 512] as const;
/** The last of {@link LENGTHS}. */
export const LONGEST = 512;

/** What the first L characters of a long text, and L characters of a repeated title, are near to. */
export interface LengthRow {
  characters: number;
  /** The beginning of a text against all of its 512 characters. */
  beginning: Nearness;
  /** A title, cut or repeated, against the title. */
  repeated: Nearness;
}

/** The vectors of long texts, so that systems can be compared with each other. */
export interface LengthVectors {
  rows: LengthRow[];
  /** Those of the beginnings, for each of {@link LENGTHS}. */
  beginnings: Matrix[];
  /** The mean of the vectors of windows that cover all 512 characters; absent without `window`. */
  windows?: Matrix;
}

/** @param window characters that the system reads of a text */
export async function measureLengths(
  texts: readonly string[],
  titles: readonly string[],
  embed: Embed,
  window?: number,
): Promise<LengthVectors> {
  const once = await embed(titles);
  const beginnings: Matrix[] = [];
  const repeated: Nearness[] = [];
  for (const length of LENGTHS) {
    beginnings.push(await embed(texts.map((text) => first(text, length))));
    const again = await embed(titles.map((title) => first(title.repeat(Math.ceil(length / title.length)), length)));
    repeated.push(nearness(cosines(again, once))!);
  }
  const whole = beginnings.at(-1)!;
  const rows = LENGTHS.map((characters, at) => ({
    characters,
    beginning: nearness(cosines(beginnings[at]!, whole))!,
    repeated: repeated[at]!,
  }));
  return { rows, beginnings, ...(window !== undefined && { windows: await embedWindows(texts, embed, window) }) };
}

/** How near a student comes to its teacher, which reads all of a text. */
export interface Agreement {
  /** Of the beginnings of each of {@link LENGTHS}. */
  beginnings: Nearness[];
  /** Of all 512 characters: the student's vector of windows, averaged. */
  windows: Nearness;
}

/** Undefined where the vectors have not the same length. */
export function agreement(student: LengthVectors, teacher: LengthVectors): Agreement | undefined {
  const whole = teacher.beginnings.at(-1)!;
  if (student.windows === undefined || student.windows.dims !== whole.dims) return undefined;
  const beginnings = student.beginnings.map((vectors, at) => nearness(cosines(vectors, teacher.beginnings[at]!))!);
  return { beginnings, windows: nearness(cosines(student.windows, whole))! };
}

/** The mean of the vectors of each text's windows, of unit length. */
async function embedWindows(texts: readonly string[], embed: Embed, window: number): Promise<Matrix> {
  const windows = texts.map((text) => {
    const characters = Array.from(text);
    const count = Math.ceil(characters.length / window);
    return Array.from({ length: count }, (_, at) => characters.slice(at * window, (at + 1) * window).join(""));
  });
  const vectors = await embed(windows.flat());
  const mean = { rows: texts.length, dims: vectors.dims, data: new Float32Array(texts.length * vectors.dims) };
  let start = 0;
  windows.forEach(({ length }, row) => {
    const sum = rowOf(mean, row);
    for (let at = start; at < start + length; at++) rowOf(vectors, at).forEach((value, i) => (sum[i]! += value));
    const norm = Math.hypot(...sum);
    sum.forEach((value, i) => (sum[i] = value / norm));
    start += length;
  });
  return mean;
}

function first(text: string, length: number): string {
  return Array.from(text).slice(0, length).join("");
}
