import { abortable } from "../../abort.ts";
import { readConfig } from "../../config.ts";
import { requireLimit } from "../../range.ts";
import { Calls } from "./calls.ts";
import { embedOne } from "../ask/embed-one.ts";
import { nearestToLocalKey, openLocal, requireNoFilter, type OpenLocal } from "../file/open.ts";
import { matchIn, toAnswers, type MatchOptions } from "../ask/match.ts";
import type { Index } from "./open-index.ts";
import { keyOf } from "../row-key.ts";

/** Which local file to open. */
export interface OpenLocalOptions {
  /** A file that `exportIndex`, or `ltd-index export`, has written. */
  local: string;
  /** Id of a bundled model, or a folder. Default: LTD_MODEL, or else the model that the index was made with. */
  model?: string;
  /** Worker threads that embed. Default: LTD_THREADS, or else the cores, 4 at most. */
  threads?: number;
}

/** A local file that is open: it answers as the index did when it was exported, without a database. */
export type LocalIndex<Row extends object = Readonly<Record<string, unknown>>> = Pick<
  Index<Row>,
  "name" | "match" | "matchAll" | "similar" | "embed" | "embedOne" | "close"
>;

/** Opens a local file. Throws LtdError "input" for one that is missing or damaged, "model" where its model is not at hand. */
export async function openLocalIndex<Row extends object>(options: OpenLocalOptions): Promise<LocalIndex<Row>> {
  // no database is asked, so what the environment says of one may be wrong
  const { DATABASE_URL: _ignored, ...environment } = process.env;
  const { model, threads } = readConfig({ model: options.model, threads: options.threads }, environment);
  return bindLocal(await openLocal(options.local, { model, threads }));
}

function bindLocal<Row extends object>(local: OpenLocal): LocalIndex<Row> {
  const { file, embedder, place } = local;
  const { index: name, key } = file.sidecar;
  const calls = new Calls(`the local file ${file.path}`);
  const run = <T>(signal: AbortSignal | undefined, work: () => Promise<T>) =>
    abortable(calls.run(signal, work), signal);
  const matchAll = (questions: readonly string[], options: MatchOptions = {}) =>
    run(options.signal, () => matchIn<Row>(place, embedder, questions, options));
  const embed: LocalIndex["embed"] = (texts, options) => run(options?.signal, () => embedder.embed(texts, options));
  return {
    name,
    match: async (question, options) => (await matchAll([question], options))[0]!,
    matchAll,
    similar: (row, { limit = 5, ...options } = {}) =>
      run(options.signal, async () => {
        requireLimit(limit);
        requireNoFilter(options);
        return toAnswers<Row>(place, await nearestToLocalKey(file, keyOf({ name, key }, row), limit, options));
      }),
    embed,
    embedOne: (text, options) => embedOne(embed, text, options),
    close: () => calls.close(() => local.close()),
  };
}
