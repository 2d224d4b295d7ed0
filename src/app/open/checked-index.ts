import { checkedAsync, kinds, listOf, oneOf, either, optional, orNull, options } from "../../check-arguments.ts";
import type { ClusterOptions } from "../cluster/settings.ts";
import type { DedupeOptions } from "../cluster/dedupe.ts";
import type { MatchOptions } from "../ask/match.ts";
import type { SearchOptions } from "../ask/search.ts";
import type { SimilarOptions } from "../ask/similar.ts";
import type { Feedback } from "../loop/feedback.ts";
import type { GapsOptions } from "../loop/gaps.ts";
import type { SyncOptions } from "../keep/sync.ts";
import type { Index, LocalIndex } from "./opened.ts";

const { any, call, flag, name, number, object, signal, text, whole } = kinds;

const where = { filter: object, where: text, efSearch: whole, signal };

/** Kinds of the options of a worker. */
export const workOptions = {
  batchRows: number,
  leaseMs: number,
  maxAttempts: number,
  backoffMs: number,
  maxBackoffMs: number,
  signal,
};

/** Kinds of the options of an index's methods. */
export const methodOptions = {
  match: options<MatchOptions>({ ...where, limit: whole, explain: flag }),
  search: options<SearchOptions>({ ...where, limit: whole, wordsWeight: number, explain: flag }),
  similar: options<SimilarOptions>({ ...where, limit: whole, onPlan: call }),
  embed: options<{ signal?: AbortSignal }>({ signal }),
  sync: options<SyncOptions>({ ...workOptions, onProgress: call, calibrate: flag }),
  cluster: options<ClusterOptions>({
    k: either(number, oneOf("auto")),
    seed: number,
    starts: number,
    method: oneOf("lloyd", "mini-batch"),
    cut: orNull(number),
    save: text,
    refit: flag,
    threads: number,
    signal,
    onStep: call,
  }),
  dedupe: options<DedupeOptions>({
    threshold: number,
    keep: name,
    method: oneOf("exact", "hnsw"),
    efSearch: whole,
    save: flag,
    model: name,
    threads: number,
    signal,
    onProgress: call,
  }),
};

/** Kinds of what `feedback` takes. */
export const feedbackOptions = options<Feedback>({ questionId: text, helped: flag, chosen: any, voter: text }, [
  "questionId",
  "helped",
  "voter",
]);
const gapsOptions = options<GapsOptions>({ since: object, limit: whole, questions: whole, threads: number, signal });

/** The methods of a local file, each of which checks its arguments. */
export function checkedLocal<Row extends object>(index: LocalIndex<Row>): LocalIndex<Row> {
  const { match, similar, embed } = methodOptions;
  return {
    ...index,
    match: checkedAsync("match", { question: text, options: optional(match) }, (...args) => index.match(...args)),
    matchAll: checkedAsync("matchAll", { questions: listOf(text), options: optional(match) }, (...args) =>
      index.matchAll(...args),
    ),
    similar: checkedAsync("similar", { key: any, options: optional(similar) }, (...args) => index.similar(...args)),
    embed: checkedAsync("embed", { texts: listOf(text), options: optional(embed) }, (...args) => index.embed(...args)),
    embedOne: checkedAsync("embedOne", { text, options: optional(embed) }, (...args) => index.embedOne(...args)),
  };
}

/** The methods of an index, each of which checks its arguments. */
export function checkedIndex<Row extends object>(index: Index<Row>): Index<Row> {
  const { search, sync, cluster, dedupe } = methodOptions;
  return {
    ...index,
    ...checkedLocal<Row>(index),
    search: checkedAsync("search", { question: text, options: optional(search) }, (...args) => index.search(...args)),
    sync: checkedAsync("sync", { options: optional(sync) }, (...args) => index.sync(...args)),
    cluster: checkedAsync("cluster", { options: optional(cluster) }, (...args) => index.cluster(...args)),
    dedupe: checkedAsync("dedupe", { options: optional(dedupe) }, (...args) => index.dedupe(...args)),
    close: () => index.close(),
    feedback: checkedAsync("feedback", { given: feedbackOptions }, (...args) => index.feedback(...args)),
    gaps: checkedAsync("gaps", { options: optional(gapsOptions) }, (...args) => index.gaps(...args)),
  };
}
