import { sqlState } from "../../db/failure.ts";
import type { Curation } from "../../db/loop/curation.ts";
import type { GapQuestion, VotedQuestion } from "../../db/loop/gap.ts";
import type { Key } from "../../db/index-record.ts";
import type { Fingerprint } from "../../db/indexes/front.ts";
import { keyId } from "../../db/statement/key.ts";
import { groupBy } from "../../group-by.ts";
import { feedback, type Feedback } from "../loop/feedback.ts";
import { findGaps, type GapsOptions, type GapsResult } from "../loop/gaps.ts";
import { loopReader, type LoopReader } from "../loop/reader.ts";
import { searchableFront } from "./ask.ts";
import { allOf, onEachGeneration } from "./each.ts";
import type { Front } from "./front.ts";
import type { Shard } from "./shard.ts";

/** Votes for rows. */
type Votes = GapQuestion["chosen"];

/** Groups the questions in the logs of all shards that these answer badly: see `gaps`. All shards must answer. */
export function gapsFront(front: Front, options: GapsOptions): Promise<GapsResult> {
  return front.read((state) =>
    findGaps(
      loopOfShards(front.name, front.shards, state.fingerprint),
      searchableFront(front, state, { needsAll: true }),
      options,
    ),
  );
}

/** Says whether the answer to a question helped, on the shard whose log has it: see `feedback`. */
export async function feedbackFront({ shards }: Front, given: Feedback): Promise<void> {
  const errors = await Promise.all(
    shards.map(async (shard) => {
      try {
        await feedback(await shard.database(), given);
        return undefined;
      } catch (error) {
        return error;
      }
    }),
  );
  if (errors.includes(undefined)) return;
  // the shard that has it may be the one that does not answer
  throw errors.find((error) => sqlState(error) !== "P0002") ?? errors[0];
}

/**
 * Log, votes and journal of all shards of a front, as those of one index. Lines of the journal are called by their
 * shard: `a/12`.
 *
 * Its methods throw the error of the first shard that does not answer.
 */
export function loopOfShards(name: string, shards: readonly Shard[], fingerprint: Fingerprint): LoopReader {
  const all = async <T>(read: (reader: LoopReader, shard: string) => Promise<T>): Promise<T[]> =>
    allOf(
      await onEachGeneration(shards, fingerprint, (database, record, shard) =>
        read(loopReader(database, record), shard.name),
      ),
    );
  return {
    name,
    tend: async () => void (await all((reader) => reader.tend())),
    hasLog: async () => (await all((reader) => reader.hasLog())).includes(true),
    gapQuestions: async (since, limit) => mergeGaps(await all((reader) => reader.gapQuestions(since, limit)), limit),
    askedQuestions: async () => {
      const asked = (await all((reader) => reader.askedQuestions())).flat();
      return [...new Map(asked.map((each) => [each.question, each])).values()];
    },
    votedQuestions: async () => mergeVoted((await all((reader) => reader.votedQuestions())).flat()),
    curations: async ({ limit, ...filter } = {}) => {
      const lines = await all(async (reader, shard) =>
        (await reader.curations({ limit, ...filter })).map((line): Curation => ({
          ...line,
          id: `${shard}/${line.id}`,
        })),
      );
      const sorted = lines.flat().sort((one, other) => other.doneAt.getTime() - one.doneAt.getTime());
      return sorted.slice(0, limit);
    },
    texts: async (keys: readonly Key[]) =>
      new Map((await all((reader) => reader.texts(keys))).flatMap((of) => [...of])),
  };
}

/** The most asked questions of several logs. One that is in two logs, as a shard was added since, counts for both. */
function mergeGaps(logs: readonly GapQuestion[][], limit: number): GapQuestion[] {
  const same = [...groupBy(logs.flat(), ({ question }) => question).values()];
  const twice = same.reduce((sum, each) => sum + each.length - 1, 0);
  const total = logs.reduce((sum, [first]) => sum + (first?.total ?? 0), 0) - twice;
  const count = (some: readonly GapQuestion[], of: "asked" | "none" | "suggest") =>
    some.reduce((sum, each) => sum + each[of], 0);
  return same
    .map((some): GapQuestion => {
      const latest = some.reduce((one, other) => (other.last > one.last ? other : one));
      return {
        ...latest,
        asked: count(some, "asked"),
        none: count(some, "none"),
        suggest: count(some, "suggest"),
        against: mergeVotes(some.map(({ against }) => against)),
        chosen: mergeVotes(some.map(({ chosen }) => chosen)),
        total,
      };
    })
    .sort((one, other) => other.asked - one.asked || other.last.getTime() - one.last.getTime())
    .slice(0, limit);
}

function mergeVotes(all: readonly Votes[]): Votes {
  return [...groupBy(all.flat(), ([key]) => keyId(key)).values()]
    .map((some) => [some[0]![0], some.reduce((sum, [, votes]) => sum + votes, 0)] as const)
    .sort(([, one], [, other]) => other - one);
}

function mergeVoted(all: readonly VotedQuestion[]): VotedQuestion[] {
  return [...groupBy(all, ({ question, key }) => `${keyId(key)} ${question}`).values()]
    .map((some) => ({ ...some[0]!, score: some.reduce((sum, { score }) => sum + score, 0) }))
    .filter(({ score }) => score !== 0);
}
