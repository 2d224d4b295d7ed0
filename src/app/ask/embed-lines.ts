import type { Embedder } from "../../embed/embedder.ts";
import { rowOf } from "../../vector/matrix.ts";

/** Lines that are read and embedded together. */
const CHUNK_LINES = 2048;

/** One line and its vector: null for a line without a letter or digit. */
export interface EmbeddedLine {
  text: string;
  vector: Float32Array | null;
}

/** Embeds a stream of lines in their order, holding only some thousand of them at a time. */
export async function* embedLines(
  lines: AsyncIterable<string> | Iterable<string>,
  embedder: Embedder,
  signal?: AbortSignal,
): AsyncGenerator<EmbeddedLine[]> {
  let chunk: string[] = [];
  let running: Promise<EmbeddedLine[]> | undefined;
  const start = (texts: string[]) => {
    const embedding = embedChunk(texts, embedder, signal);
    embedding.catch(() => {}); // awaited, and so reported, by the next turn
    return embedding;
  };
  for await (const line of lines) {
    chunk.push(line);
    if (chunk.length < CHUNK_LINES) continue;
    const before = running;
    running = start(chunk);
    chunk = [];
    if (before) yield await before;
  }
  if (running) yield await running;
  if (chunk.length > 0) yield await start(chunk);
}

async function embedChunk(texts: string[], embedder: Embedder, signal?: AbortSignal): Promise<EmbeddedLine[]> {
  const inputs = texts.map((text) => embedder.encode(text));
  const matrix = await embedder.embedInputs(inputs, signal && { signal });
  return texts.map((text, row) => ({ text, vector: inputs[row] ? rowOf(matrix, row) : null }));
}
