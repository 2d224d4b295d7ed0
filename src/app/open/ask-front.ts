import { match } from "../ask/match.ts";
import { searchableFront, searchFront, similarFront } from "../shards/ask.ts";
import type { Front } from "../shards/front.ts";
import type { ShardLogs } from "../shards/logs.ts";
import type { Asking } from "./asking.ts";

/** Asks all shards of a front. Closes it in the end, when the questions are in the logs. */
export function askFront(front: Front, logs: ShardLogs): Asking {
  return {
    match: (questions, options) =>
      front.read((state) => match(searchableFront(front, state, { logs }), questions, options)),
    search: (questions, options) => front.read((state) => searchFront(front, state, questions, options)),
    similar: (key, options) => front.read((state) => similarFront(front, state, key, options)),
    embed: (texts, signal) => front.latest(({ embedder }) => embedder.embed(texts, { signal })),
    close: async () => {
      await logs.flush();
      await front.close();
    },
  };
}
