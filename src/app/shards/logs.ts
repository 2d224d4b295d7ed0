import { hash } from "node:crypto";
import type { Database } from "../../db/database.ts";
import type { OpenLog } from "../ask/question-sink.ts";
import { QuestionLog, type QuestionSource } from "../loop/question-log.ts";

/** The question logs of the shards of an open front. Each question goes to one of them. */
export class ShardLogs {
  readonly #source: QuestionSource;
  /** By the name of the shard. */
  readonly #logs = new Map<string, QuestionLog>();

  constructor(source: QuestionSource) {
    this.#source = source;
  }

  /** The log of one shard. */
  of(shard: string, database: Database, index: string): QuestionLog {
    const log = this.#logs.get(shard) ?? new QuestionLog(database, index, this.#source);
    this.#logs.set(shard, log);
    return log;
  }

  /** Writes what waits now; returns when it is written or lost. */
  async flush(): Promise<void> {
    await Promise.all([...this.#logs.values()].map((log) => log.flush()));
  }
}

/**
 * The log that takes a question: of those that are on, always the same one.
 *
 * So one shard counts how often a question was asked. Without that shard it is another one (rendezvous hashing).
 *
 * @param bare letters and digits of the question
 */
export function chooseLog(
  bare: string,
  logs: readonly { readonly shard: string; readonly log?: OpenLog | null }[],
): OpenLog | null {
  const on = logs.flatMap(({ shard, log }) => (log == null ? [] : { shard, log }));
  return chooseShard(bare, on)?.log ?? null;
}

/** The shard of a text: the same one as long as it is there, whatever others are. Undefined: there is none. */
export function chooseShard<Of extends { readonly shard: string }>(
  text: string,
  shards: readonly Of[],
): Of | undefined {
  const ranked = shards.map((of) => ({ of, rank: hash("sha1", `${of.shard}\0${text}`) }));
  return ranked.reduce<(typeof ranked)[number] | undefined>(
    (best, each) => (best === undefined || each.rank > best.rank ? each : best),
    undefined,
  )?.of;
}
