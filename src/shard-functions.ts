/** The public functions of an index that is split over several servers. Each checks its arguments first. */
import * as declaring from "./app/shards/declare.ts";
import * as linking from "./app/shards/foreign.ts";
import * as comparing from "./app/shards/verify.ts";
import type { NewShard } from "./app/shards/declare.ts";
import { checkedAsync, kinds, optional, options } from "./check-arguments.ts";

const { database, name, number } = kinds;
const shard = options<NewShard>({ name, url: name, index: name, deadlineMs: number }, ["name", "url"]);

export const addShard: typeof declaring.addShard = checkedAsync(
  "addShard",
  { database, front: name, options: shard },
  declaring.addShard,
);
export const addShardStatements: typeof declaring.addShardStatements = checkedAsync(
  "addShardStatements",
  { database, front: name, options: shard },
  declaring.addShardStatements,
);
export const listShards: typeof declaring.listShards = checkedAsync(
  "listShards",
  { database, front: optional(name) },
  declaring.listShards,
);
export const removeShard: typeof declaring.removeShard = checkedAsync(
  "removeShard",
  { database, front: name, shard: name },
  declaring.removeShard,
);
export const removeShardStatements: typeof declaring.removeShardStatements = checkedAsync(
  "removeShardStatements",
  { database, front: name, shard: name },
  declaring.removeShardStatements,
);
export const verifyShards: typeof comparing.verifyShards = checkedAsync(
  "verifyShards",
  { database, name },
  comparing.verifyShards,
);
export const linkShards: typeof linking.linkShards = checkedAsync(
  "linkShards",
  { database, front: name },
  linking.linkShards,
);
export const linkShardsStatements: typeof linking.linkShardsStatements = checkedAsync(
  "linkShardsStatements",
  { database, front: name },
  linking.linkShardsStatements,
);
