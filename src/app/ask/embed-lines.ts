import type { Embedder } from "../../embed/embedder.ts";
import { rowOf } from "../../vector/matrix.ts";

/** Lines that are read and embedded together. */
const CHUNK_LINES = 2048;

/** One line with its vector: null where its text has no letter or digit. */
export type Embedded<Line> = Line & { readonly vector: Float32Array | null };

/** Embeds a stream of lines in their order, holding only some thousand of them at a time. */
export async function* embedLines<Line extends { readonly text: string }>(
  lines: AsyncIterable<Line>,
  embedder: Embedder,
  signal?: AbortSignal,
): AsyncGenerator<Embedded<Line>[]> {
  let chunk: Line[] = [];
  let running: Promise<Embedded<Line>[]> | undefined;
  const start = (some: Line[]) => {
    const embedding = embedChunk(some, embedder, signal);
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

async function embedChunk<Line extends { readonly text: string }>(
  lines: Line[],
  embedder: Embedder,
  signal?: AbortSignal,
): Promise<Embedded<Line>[]> {
  const inputs = lines.map(({ text }) => embedder.encode(text));
  const matrix = await embedder.embedInputs(inputs, signal && { signal });
  return lines.map((line, row) => ({ ...line, vector: inputs[row] ? rowOf(matrix, row) : null }));
}
