import { abortable } from "../../abort.ts";
import { embedOne } from "../ask/embed-one.ts";
import type { MatchOptions } from "../ask/match.ts";
import type { Asking } from "./asking.ts";
import type { Calls } from "./calls.ts";
import type { Index } from "./opened.ts";

type Questions = "name" | "match" | "matchAll" | "search" | "similar" | "embed" | "embedOne";

/** The methods of an open index that answer questions. Each ends at once when its signal aborts. */
export function questionsOf<Row extends object>(
  name: string,
  asking: Asking,
  calls: Calls,
): Pick<Index<Row>, Questions> {
  const run = <T>(signal: AbortSignal | undefined, work: () => Promise<T>) =>
    abortable(calls.run(signal, work), signal);
  const embed: Index["embed"] = (texts, { signal } = {}) => run(signal, () => asking.embed(texts, signal));
  const matchAll = (questions: readonly string[], options: MatchOptions = {}) =>
    run(options.signal, () => asking.match<Row>(questions, options));
  return {
    name,
    match: async (question, options) => (await matchAll([question], options))[0]!,
    matchAll,
    search: async (question, options = {}) => {
      const [found] = await run(options.signal, () => asking.search<Row>([question], options));
      return found!;
    },
    similar: (key, options = {}) => run(options.signal, () => asking.similar<Row>(key, options)),
    embed,
    embedOne: (text, options) => embedOne(embed, text, options),
  };
}
