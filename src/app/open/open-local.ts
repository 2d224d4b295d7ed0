import { abortable } from "../../abort.ts";
import { readConfig } from "../../config.ts";
import { requireLimit, requireWhole } from "../../range.ts";
import { Calls } from "./calls.ts";
import { checkedLocal } from "./checked-index.ts";
import type { LocalIndex } from "./opened.ts";
import { embedOne } from "../ask/embed-one.ts";
import { toAnswer } from "../ask/answer.ts";
import { match, type MatchOptions } from "../ask/match.ts";
import { openLocal, type OpenLocal } from "../file/open.ts";
import { nearestToLocalKey } from "../file/searchable.ts";
import { keyOf } from "../row-key.ts";

export type { LocalIndex } from "./opened.ts";

/** Which local file to open. */
export interface OpenLocalOptions {
  /** A file that `exportIndex`, or `ltd-index export`, has written. */
  local: string;
  /** Id of a bundled model, or a folder. Default: LTD_MODEL, or else the model that the index was made with. */
  model?: string;
  /** Worker threads that embed. Default: LTD_THREADS, or else the cores, 4 at most. */
  threads?: number;
}

/**
 * Opens a local file. Throws LtdError "input" for one that is missing or damaged, "model" where its model is not at
 * hand.
 */
export async function openLocalIndex<Row extends object>(options: OpenLocalOptions): Promise<LocalIndex<Row>> {
  // no database is asked, so what the environment says of one may be wrong
  const { DATABASE_URL: _ignored, ...environment } = process.env;
  const { model, threads } = readConfig({ model: options.model, threads: options.threads }, environment);
  return bindLocal(await openLocal(options.local, { model, threads }));
}

function bindLocal<Row extends object>(local: OpenLocal): LocalIndex<Row> {
  const { file, searchable } = local;
  const { embedder, template } = searchable;
  const { index: name, key } = file.sidecar;
  const calls = new Calls(`the local file ${file.path}`);
  const run = <T>(signal: AbortSignal | undefined, work: () => Promise<T>) =>
    abortable(calls.run(signal, work), signal);
  const matchAll = (questions: readonly string[], options: MatchOptions = {}) =>
    run(options.signal, () => match<Row>(searchable, questions, options));
  const embed: LocalIndex["embed"] = (texts, options) => run(options?.signal, () => embedder.embed(texts, options));
  return checkedLocal<Row>({
    name,
    match: async (question, options) => (await matchAll([question], options))[0]!,
    matchAll,
    similar: (row, { limit = 5, ...options } = {}) =>
      run(options.signal, async () => {
        requireLimit(limit);
        if (options.efSearch !== undefined) requireWhole("efSearch", options.efSearch, 1, 10_000);
        const near = await nearestToLocalKey(file, keyOf({ name, key }, row), limit, options);
        return near.map((neighbour) => toAnswer<Row>(template, neighbour));
      }),
    embed,
    embedOne: (text, options) => embedOne(embed, text, options),
    close: () => calls.close(() => local.close()),
  });
}
