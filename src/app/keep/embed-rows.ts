import type { Claim } from "../../db/capture/queue.ts";
import type { Entry } from "../../db/entries/write-batch.ts";
import type { Embedder } from "../../embed/embedder.ts";
import type { StudentInput } from "../../text/encode.ts";
import { rowOf } from "../../vector/matrix.ts";
import { inputsOf, meaningOf, type Wordings } from "../wordings.ts";

/** A claimed row that has to be embedded. */
export interface RowToEmbed {
  readonly claim: Claim;
  readonly hash: Uint8Array;
  readonly wordings: Wordings;
  /** There is an entry of an earlier text. */
  readonly replaces: boolean;
}

/** Embeds rows together; their entries, in the same order. */
export async function embedRows(
  embedder: Embedder,
  rows: readonly RowToEmbed[],
  signal: AbortSignal,
): Promise<Entry[]> {
  // rows of one text and questions are embedded once: in another batch a vector differs in its last digits
  const starts = new Map<string, number>();
  const inputs: StudentInput[] = [];
  const startOf = rows.map(({ hash, wordings }) => {
    const id = Buffer.from(hash).toString("hex");
    const start = starts.get(id) ?? inputs.length;
    if (!starts.has(id)) inputs.push(...inputsOf(wordings));
    starts.set(id, start);
    return start;
  });
  const matrix = await embedder.embedInputs(inputs, { signal });
  return rows.map(({ claim: { key, version }, hash, wordings, replaces }, row) => ({
    key,
    version,
    contentHash: hash,
    ...meaningOf(
      wordings,
      inputsOf(wordings).map((_, at) => rowOf(matrix, startOf[row]! + at)),
    ),
    truncated: wordings.text?.truncated ?? false,
    replaces,
  }));
}
