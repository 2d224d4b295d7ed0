import { kinds, options, requireArgument } from "../../check-arguments.ts";
import { requireWhole } from "../../range.ts";
import { statement } from "../statement/statement.ts";

/** Settings of the nearest-neighbour queries of a transaction. */
export interface SearchSettings {
  /**
   * Candidates that the HNSW index considers (`hnsw.ef_search`), 1 to 1000, default 100. More of them find more of the
   * true neighbours and cost time.
   */
  efSearch?: number;
}

const SETTINGS = options<SearchSettings>({ efSearch: kinds.number });

/** The statement that makes them, and its parameters. */
export function setSearch(settings: SearchSettings): { text: string; values: string[] } {
  requireArgument("searchSettings", settings, SETTINGS);
  const { efSearch = 100 } = settings;
  requireWhole("efSearch", efSearch, 1, 1_000);
  return { text: statement("ask/set-search"), values: [String(efSearch)] };
}
