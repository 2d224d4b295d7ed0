import type { Database } from "../db/database.ts";
import { createEmbedder, withEmbedder } from "../embed/embedder.ts";
import { rowOf } from "../vector/matrix.ts";

/** What {@link sqlParity} found of N texts. */
export interface SqlParity {
  texts: number;
  /** Cosine of the vectors of the database and of ONNX Runtime. */
  worst: number;
  mean: number;
  /** Texts that are cut into other words. */
  cutOtherwise: readonly string[];
  /** Milliseconds of a question to `ltd.embed`, median, by characters. */
  times: readonly { characters: number; texts: number; p50: number }[];
}

/**
 * Compares what `ltd.embed` gives with ONNX Runtime, text by text, over one connection.
 *
 * @param model id or folder, of the same student; a float32 export of it shows what integers cost
 */
export async function sqlParity(database: Database, texts: readonly string[], model: string): Promise<SqlParity> {
  return withEmbedder(createEmbedder({ model, threads: 1 }), async (embedder) => {
    const asked = texts.filter((text) => embedder.encode(text) !== undefined);
    const vectors = await embedder.embed(asked);
    const cosines: number[] = [];
    const cutOtherwise: string[] = [];
    const milliseconds = new Map<number, number[]>();
    for (const [at, text] of asked.entries()) {
      const started = performance.now();
      const [row] = await database.query<{ vector: string }>("select ltd.embed($1)::text as vector", [text]);
      const took = performance.now() - started;
      const expected = rowOf(vectors, at);
      const found = JSON.parse(row!.vector) as number[];
      cosines.push(found.reduce((sum, value, i) => sum + value * expected[i]!, 0));
      const { charIds, words } = embedder.encode(text)!;
      const times = milliseconds.get(charIds.length) ?? [];
      milliseconds.set(charIds.length, [...times, took]);
      const [cut] = await database.query<{ words: string[] }>(
        "select ltd.student_words(s, null, ltd.normalize($1)) as words from ltd.student s order by s.id desc limit 1",
        [text],
      );
      if (JSON.stringify(cut!.words) !== JSON.stringify(words)) cutOtherwise.push(text);
    }
    return {
      texts: asked.length,
      worst: Math.min(...cosines),
      mean: cosines.reduce((sum, value) => sum + value, 0) / cosines.length,
      cutOtherwise,
      times: [...milliseconds]
        .toSorted(([a], [b]) => a - b)
        .map(([characters, all]) => ({
          characters,
          texts: all.length,
          p50: all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)]!,
        })),
    };
  });
}
