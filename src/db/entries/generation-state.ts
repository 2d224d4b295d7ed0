import { LtdError } from "../../errors.ts";
import type { Queryable } from "../database.ts";
import type { GenerationState, IndexRecord } from "../index-record.ts";
import { statement } from "../statement/statement.ts";

/** The generation changed during a read: the question's vector is of the old one. */
export class GenerationSwitched extends LtdError {
  constructor(index: IndexRecord) {
    super("index", `generation ${index.generation} of ${index.name} is no longer ${index.state}`, {
      hint: "open the index again",
    });
  }
}

/** What a generation is at this moment; null when it is gone. */
export async function stateOf(database: Queryable, { id }: Pick<IndexRecord, "id">): Promise<GenerationState | null> {
  const [row] = await database.query<{ state: GenerationState }>(statement("entries/generation-state"), [id]);
  return row?.state ?? null;
}
