import { match } from "../ask/match.ts";
import { searchableFront, searchFront, similarFront } from "../shards/ask.ts";
import type { Front } from "../shards/front.ts";
import type { Asking } from "./asking.ts";

/** Asks all shards of a front. Closes it in the end. */
export function askFront(front: Front): Asking {
  return {
    match: (questions, options) => front.read((state) => match(searchableFront(front, state), questions, options)),
    search: (questions, options) => front.read((state) => searchFront(front, state, questions, options)),
    similar: (key, options) => front.read((state) => similarFront(front, state, key, options)),
    embed: (texts, signal) => front.latest(({ embedder }) => embedder.embed(texts, { signal })),
    close: () => front.close(),
  };
}
