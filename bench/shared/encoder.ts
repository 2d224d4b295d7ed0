import { rowOf, type Matrix } from "../../src/index.ts";
import { measureLatency, peakMiB, startClock, type Latency, type Span } from "./clock.ts";
import { BATCH_SIZE, readTitles, shortQuestions } from "./workload.ts";

/** What student and teacher have in common; the package's own Embedder is one. */
export interface Encoder<Input> {
  /** Text to the model's input: segmentation or tokens. */
  encode(text: string): Input;
  /** N inputs -> N x D, rows of unit length; in batches of the size that it was opened with, sorted by length. */
  embedInputs(inputs: readonly Input[]): Promise<Matrix>;
  close(): Promise<void>;
}

/** Text to vector with one {@link Encoder}, in a process of its own. */
export interface EncoderMeasurement {
  /** Load the model, open the session, give a first batch. */
  start: Span;
  /** {@link Encoder.encode} of all rows. */
  encode: Span;
  /** {@link Encoder.embedInputs} of all rows. */
  run: Span;
  /** One question, text to vector. */
  question: Latency;
  /** Cosines that show that real vectors were made: of two paraphrases, and of two questions that have nothing in common. */
  cosine: { paraphrase: number; unrelated: number };
  peakMiB: number;
}

const ASKED = "高血压该怎么治疗";
const PARAPHRASE = "血压高应该怎么治";
const UNRELATED = "电脑蓝屏了怎么修";

/** Measures an encoder on the first `rows` titles. Throws when its vectors do not tell a paraphrase from another question. */
export async function measureEncoder<Input>(
  open: () => Promise<Encoder<Input>>,
  rows: number,
): Promise<EncoderMeasurement> {
  const titles = readTitles(rows);
  const starting = startClock();
  const encoder = await open();
  try {
    const embed = (texts: readonly string[]) => encoder.embedInputs(texts.map((text) => encoder.encode(text)));
    await embed(titles.slice(0, BATCH_SIZE));
    const start = starting();

    const encoding = startClock();
    const inputs = titles.map((title) => encoder.encode(title));
    const encode = encoding();
    const running = startClock();
    const vectors = await encoder.embedInputs(inputs);
    const run = running();

    for (let row = 0; row < rows; row++) requireUnit(rowOf(vectors, row), titles[row]!);
    const checked = await embed([ASKED, PARAPHRASE, UNRELATED]);
    const cosine = {
      paraphrase: dot(rowOf(checked, 0), rowOf(checked, 1)),
      unrelated: dot(rowOf(checked, 0), rowOf(checked, 2)),
    };
    if (cosine.paraphrase < cosine.unrelated + 0.1) {
      throw new Error(
        `the vectors mean nothing: cosine ${cosine.paraphrase} of a paraphrase, ${cosine.unrelated} of another question`,
      );
    }
    const question = await measureLatency(shortQuestions(titles), (text) => embed([text]));
    return { start, encode, run, question, cosine, peakMiB: peakMiB() };
  } finally {
    await encoder.close();
  }
}

/** Throws unless the vector of `text` has length 1. */
export function requireUnit(vector: Float32Array, text: string): void {
  const norm = Math.sqrt(dot(vector, vector));
  if (!(Math.abs(norm - 1) < 1e-3)) throw new Error(`a vector of length ${norm} for ${text}`);
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, at) => sum + value * b[at]!, 0);
}
