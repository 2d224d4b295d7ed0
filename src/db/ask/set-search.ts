import { statement } from "../statement/statement.ts";

/** Settings of the nearest-neighbour queries of a transaction. */
export interface SearchSettings {
  /** `hnsw.ef_search`: candidates that the index looks at first, 1 to 1000, default 100: more finds more of the true neighbours and costs time. */
  efSearch?: number;
}

/** The statement that makes them, and its parameters. */
export function setSearch({ efSearch = 100 }: SearchSettings): { text: string; values: string[] } {
  return { text: statement("ask/set-search"), values: [String(efSearch)] };
}
