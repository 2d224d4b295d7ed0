import { openDatabase } from "../../db/connect/open.ts";
import type { Database } from "../../db/database.ts";
import { findFront, type FrontRecord } from "../../db/indexes/front.ts";
import { LtdError } from "../../errors.ts";
import type { FrontSource } from "./front.ts";

/** The front as its record says it. Passwords come from PGPASSWORD or a password file. */
export function declaredFront(database: Database, record: FrontRecord, connections?: number): FrontSource {
  const { name, deadlineMs, shards } = record;
  return {
    name,
    deadlineMs,
    shards: shards.map(({ name: shard, url, index }) => ({
      name: shard,
      index,
      owned: true,
      open: () => openDatabase({ url, connections }),
    })),
    declared: async () => {
      const now = await findFront(database, name);
      if (now !== undefined) return now.fingerprint;
      throw new LtdError("index", `the front ${name} is gone`, { hint: "declare it again: ltd-index shard add" });
    },
  };
}

/** The front of a name. Throws LtdError "index" that names the fronts there are. */
export async function getFront(database: Database, name: string): Promise<FrontRecord> {
  const found = await findFront(database, name);
  if (found !== undefined) return found;
  throw new LtdError("index", `there is no front ${JSON.stringify(name)}`, {
    hint: `declare its first shard: ltd-index shard add ${name} a postgres://…`,
  });
}
