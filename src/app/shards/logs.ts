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
  let chosen: OpenLog | null = null;
  let most = "";
  for (const { shard, log } of logs) {
    if (log == null) continue;
    const rank = hash("sha1", `${shard}\0${bare}`);
    if (rank > most) [chosen, most] = [log, rank];
  }
  return chosen;
}
