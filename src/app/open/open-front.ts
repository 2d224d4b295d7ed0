import { openDatabase } from "../../db/connect/open.ts";
import type { Database } from "../../db/database.ts";
import { LtdError } from "../../errors.ts";
import { requireWhole } from "../../range.ts";
import type { EmbedderSettings } from "../same-embedder.ts";
import { Front } from "../shards/front.ts";

/** A shard of an index, where no front is declared. */
export interface ShardOptions {
  /** What results call it where it did not answer. */
  name: string;
  /** `postgres://…`, the folder of an embedded database, or an open database, which is not closed. */
  database: string | Database;
  /** Its index there; default: the name of the whole index. */
  index?: string;
}

/** What of the options of `openIndex` concerns shards. */
interface OpenShardsOptions {
  readonly index: string;
  readonly shards: readonly ShardOptions[];
  readonly deadlineMs?: number;
  readonly connections?: number | undefined;
}

/** How long a shard is waited for where nothing is said. */
const DEADLINE_MS = 2_000;

/** Opens shards that the program names itself. Throws LtdError "usage" for names that are missing or there twice. */
export function openShards(
  { index, shards, deadlineMs = DEADLINE_MS, connections }: OpenShardsOptions,
  settings: EmbedderSettings,
): Promise<Front> {
  if (shards.length === 0)
    throw new LtdError("usage", "shards is an empty list", {
      hint: 'shards: [{ name: "a", database: "postgres://…" }]',
    });
  const twice = shards.find(({ name }, at) => shards.findIndex((other) => other.name === name) !== at);
  if (twice !== undefined)
    throw new LtdError("usage", `two shards are called ${JSON.stringify(twice.name)}`, {
      hint: "give each a name of its own: results name those that did not answer",
    });
  requireWhole("deadlineMs", deadlineMs, 10, 600_000);
  const sources = shards.map(({ name, database, index: own = index }) => ({
    name,
    index: own,
    owned: typeof database === "string",
    open: async () => (typeof database === "string" ? openNamed(database, connections) : database),
  }));
  return Front.open({ name: index, deadlineMs, shards: sources }, settings);
}

function openNamed(database: string, connections: number | undefined): Promise<Database> {
  const isUrl = /^postgres(ql)?:/.test(database);
  return openDatabase(isUrl ? { url: database, connections } : { folder: database, create: false });
}
