import { ExactSearch } from "../../ann/exact.ts";
import type { VectorHit } from "../../ann/vector-search.ts";
import type { Database } from "../../db/database.ts";
import { createEmbedder, withEmbedder } from "../../embed/embedder.ts";
import { createMatrix, rowOf } from "../../vector/matrix.ts";
import { dot } from "../../vector/product.ts";

/** What {@link sqlParity} found of N texts. */
export interface SqlParity {
  texts: number;
  /** Cosine of the vectors of the database and of ONNX Runtime. */
  worst: number;
  mean: number;
  /** Where a corpus was given: whether the nearest row is the same. */
  top: SqlTop | null;
  /** Texts that are cut into other words. */
  cutOtherwise: readonly string[];
  /** Milliseconds of a question to `ltd.embed`, median, by characters. */
  times: readonly { characters: number; texts: number; p50: number }[];
}

/** Of N texts, how many have the same nearest row by both vectors. */
export interface SqlTop {
  /** Of the corpus. */
  rows: number;
  same: number;
  differences: readonly {
    text: string;
    /** The nearest row by ONNX Runtime's vector, and by the database's. */
    onnx: string;
    sql: string;
    /** By how much the first is nearer to ONNX Runtime's vector than the second. */
    margin: number;
  }[];
}

/**
 * Compares what `ltd.embed` gives with ONNX Runtime, text by text, over one connection.
 * @param model id or folder, of the same student; a float32 export of it shows what integers cost
 * @param corpus rows to search with both vectors; the rows are embedded by ONNX Runtime, as
 *   in an index
 */
export async function sqlParity(
  database: Database,
  texts: readonly string[],
  model: string,
  corpus: readonly string[] = [],
): Promise<SqlParity> {
  return withEmbedder(createEmbedder({ model, threads: 1 }), async (embedder) => {
    const asked = texts.filter((text) => embedder.encode(text) !== undefined);
    const vectors = await embedder.embed(asked);
    const rows = [...new Set(corpus)].filter((text) => embedder.encode(text) !== undefined);
    const search = new ExactSearch(await embedder.embed(rows));
    const differences: SqlTop["differences"][number][] = [];
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
      if (rows.length > 0) {
        const queries = createMatrix(2, vectors.dims);
        queries.data.set(expected);
        queries.data.set(unit(found), vectors.dims);
        const [[onnx], [sql]] = search.search(queries, 1) as [[VectorHit], [VectorHit]];
        if (onnx.label !== sql.label) {
          const margin = onnx.similarity - dot(expected, search.vectorOf(sql.label));
          differences.push({ text, onnx: rows[onnx.label]!, sql: rows[sql.label]!, margin });
        }
      }
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
      top: rows.length === 0 ? null : { rows: rows.length, same: asked.length - differences.length, differences },
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

/** Of unit length in float32, as the text of a vector is rounded. */
function unit(vector: readonly number[]): number[] {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
