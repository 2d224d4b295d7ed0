import { findVector, nearest, requireVector, withoutRow, type Neighbour } from "../../db/ask/nearest.ts";
import type { QueryPlan } from "../../db/ask/read-index.ts";
import { countShardWords, searchShard } from "../../db/ask/search-shard.ts";
import { isDataError } from "../../db/failure.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { requireUnchanged } from "../../db/source/source-error.ts";
import { LtdError } from "../../errors.ts";
import { requireLimit } from "../../range.ts";
import { bareText } from "../../text/normalize.ts";
import { toAnswer, type Answer } from "../ask/answer.ts";
import { searchBy, type FindRows, type SearchOptions, type SearchResult } from "../ask/search.ts";
import { searchableIndex, type Found, type Searchable } from "../ask/searchable.ts";
import type { SimilarOptions } from "../ask/similar.ts";
import { judgeOf } from "../judge-of.ts";
import { badKey, keyOf, type RowKey } from "../row-key.ts";
import { parseTemplate } from "../template.ts";
import type { Front, FrontState } from "./front.ts";
import { fuse, weighWords } from "./fuse.ts";
import { chooseLog, type ShardLogs } from "./logs.ts";

/** Questions that are sent to a shard together; the deadline is theirs. */
const TOGETHER = 16;

/**
 * All shards of a front as `match` asks them: the nearest rows of each, merged.
 *
 * @param logs take the questions where the log of a shard is on; left out for questions that no person asks
 * @param needsAll throws LtdError "database" where a shard does not answer
 */
export function searchableFront(
  front: Front,
  state: FrontState,
  { logs, needsAll = false }: { logs?: ShardLogs; needsAll?: boolean } = {},
): Searchable {
  const { embedder, fingerprint } = state;
  const judge = judgeOf(embedder.model);
  const { answer, suggest } = (judge ?? embedder.model.description).thresholds;
  return {
    template: parseTemplate(fingerprint.template),
    embedder,
    judge,
    thresholds: { answer, suggest, margin: 0, source: "model", stale: null },
    async find(questions, vectors, k, { signal, ...options }) {
      const found: Found[] = [];
      for (let start = 0; start < questions.length; start += TOGETHER) {
        const asked = questions.slice(start, start + TOGETHER);
        const rows = { ...vectors, rows: asked.length, data: vectors.data.subarray(start * vectors.dims) };
        const { values, partial } = await front.everywhere(
          state,
          signal,
          async (database, generation, ended, shard) => {
            const log = logs?.of(shard, database, generation.record.name);
            const of = searchableIndex(database, generation, log);
            return { shard, found: await of.find(asked, rows, k, { ...options, signal: ended }) };
          },
        );
        if (needsAll) requireAll(front.name, partial);
        for (const [at, question] of asked.entries()) {
          const each = values.map(({ shard, found: all }) => ({ shard, ...all[at]! }));
          found.push({ ...mergeFound(each, k, partial), log: chooseLog(bareText(question), each) });
        }
      }
      return found;
    },
  };
}

/** What several shards have for a question, as one index would have it. The thresholds are those of the first shard. */
function mergeFound(found: readonly Found[], k: number, partial: readonly string[]): Found {
  const [alias] = mergeNear(
    found.flatMap(({ alias }) => alias ?? []),
    1,
  );
  return {
    near: mergeNear(
      found.flatMap(({ near }) => near),
      k,
    ),
    alias,
    thresholds: found[0]!.thresholds,
    plan: mergePlans(found.flatMap(({ plan }) => plan ?? [])),
    partial,
  };
}

function mergeNear(rows: readonly Neighbour[], k: number): Neighbour[] {
  return rows.toSorted((one, other) => other.similarity - one.similarity).slice(0, k);
}

function mergePlans(plans: readonly QueryPlan[]): QueryPlan | null {
  if (plans.length === 0) return null;
  return {
    indexes: [...new Set(plans.flatMap(({ indexes }) => indexes))],
    lines: plans.flatMap(({ lines }) => lines),
  };
}

/**
 * Searches all shards as one index, in two round trips.
 *
 * The words are counted everywhere first, so that they weigh what they would in one index. Then each shard gives its
 * best rows, and the best of all are fused.
 */
export async function searchFront<Row extends object>(
  front: Front,
  state: FrontState,
  questions: readonly string[],
  { signal, ...options }: SearchOptions,
): Promise<SearchResult<Row>[]> {
  const find: FindRows = async (vector, lexemes, k, { wordsWeight = null, onPlan, ...how }) => {
    const counts = await front.everywhere(state, signal, (database, { record }, ended) => {
      requireUnchanged(record);
      return countShardWords(database, record, lexemes, { signal: ended });
    });
    const { questionIdf, ...words } = weighWords(counts.values);
    const asked = { vector, ...words, exactFirst: wordsWeight !== 0 };
    const plans: QueryPlan[] = [];
    const rows = await front.everywhere(state, signal, async (database, { record }, ended) => {
      requireUnchanged(record);
      const candidates = await searchShard(database, record, asked, k, {
        ...how,
        signal: ended,
        ...(onPlan && { onPlan: (plan: QueryPlan) => plans.push(plan) }),
      });
      return { key: record.key, candidates };
    });
    if (plans.length > 0) onPlan!(mergePlans(plans)!);
    const candidates = rows.values.flatMap((each) => each.candidates);
    return {
      found: fuse(candidates, rows.values[0]!.key, lexemes, questionIdf, k, wordsWeight),
      partial: [...new Set([...counts.partial, ...rows.partial])],
    };
  };
  const { fingerprint, embedder } = state;
  const results: SearchResult<Row>[] = [];
  for (let start = 0; start < questions.length; start += TOGETHER) {
    const asked = questions.slice(start, start + TOGETHER);
    results.push(...(await searchBy<Row>(fingerprint.template, embedder, asked, { signal, ...options }, find)));
  }
  return results;
}

/** Throws LtdError "database" where shards did not answer, for a result that could not say so. */
export function requireAll(name: string, partial: readonly string[]): void {
  if (partial.length === 0) return;
  throw new LtdError("database", `these shards do not answer: ${partial.join(", ")}`, {
    hint: `this needs all shards: ltd-index shard verify ${name} says what is wrong`,
  });
}

/**
 * Finds similar rows on all shards: the one that has the row gives its vector, then all are asked.
 *
 * @throws LtdError "database" where a shard does not answer: a list of rows could not say that some are missing
 */
export async function similarFront<Row extends object>(
  front: Front,
  state: FrontState,
  row: RowKey,
  { limit = 5, ...options }: SimilarOptions,
): Promise<Answer<Row>[]> {
  requireLimit(limit);
  const template = parseTemplate(state.fingerprint.template);
  return (await nearestToRow(front, state, row, limit, options)).map((each) => toAnswer<Row>(template, each));
}

/** The k rows of all shards that are nearest to a row, itself left out. Throws as {@link similarFront} does. */
export async function nearestToRow(
  front: Front,
  state: FrontState,
  row: RowKey,
  k: number,
  { signal, ...options }: Omit<SimilarOptions, "limit"> = {},
): Promise<Neighbour[]> {
  const all = async <T>(work: Parameters<typeof front.everywhere<T>>[2]): Promise<readonly T[]> => {
    const { values, partial } = await front.everywhere(state, signal, work);
    requireAll(front.name, partial);
    return values;
  };
  const keyIn = (record: IndexRecord) => keyOf({ name: front.name, key: record.key }, row);
  const vectors = await all(async (database, { record }) => {
    requireUnchanged(record);
    const key = keyIn(record);
    try {
      return { key, found: await findVector(database, record, key) };
    } catch (error) {
      throw isDataError(error) ? badKey({ name: front.name, key: record.key }, key, error) : error;
    }
  });
  const { key } = vectors[0]!;
  const there = vectors.find(({ found }) => found) ?? vectors.find(({ found }) => found === null);
  const entry = requireVector(front.name, key, there?.found);
  const near = await all((database, { record }, ended) =>
    nearest(database, record, entry.vector, k + 1, { ...options, signal: ended }),
  );
  return withoutRow(mergeNear(near.flat(), k + 1), entry, k);
}
