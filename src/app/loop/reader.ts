import type { Database } from "../../db/database.ts";
import type { IndexRecord, Key } from "../../db/index-record.ts";
import { listCurations, type Curation, type CurationFilter } from "../../db/loop/curation.ts";
import {
  readAskedQuestions,
  readGapQuestions,
  readVotedQuestions,
  type AskedOnce,
  type GapQuestion,
  type VotedQuestion,
} from "../../db/loop/gap.ts";
import { readQuestionLog, tendQuestions } from "../../db/loop/question-log.ts";
import { readTexts } from "../row-text.ts";

/** Log, votes and journal of an index, and the texts of its rows; of a front, those of all shards. */
export interface LoopReader {
  readonly name: string;
  /** Moves questions that wait into their days, and deletes those that are too old. */
  tend(): Promise<void>;
  /** Whether the log was ever on. */
  hasLog(): Promise<boolean>;
  /** See {@link readGapQuestions}. */
  gapQuestions(since: Date | null, limit: number): Promise<GapQuestion[]>;
  askedQuestions(): Promise<AskedOnce[]>;
  votedQuestions(): Promise<VotedQuestion[]>;
  /** Lines of the journal, the newest first. */
  curations(filter?: CurationFilter): Promise<Curation[]>;
  /** By `keyId`; without those of rows that are gone. */
  texts(keys: readonly Key[]): Promise<Map<string, string>>;
}

/** What one database has of an index. */
export function loopReader(database: Database, index: IndexRecord): LoopReader {
  const { name } = index;
  return {
    name,
    tend: async () => void (await tendQuestions(database)),
    hasLog: async () => (await readQuestionLog(database, name)) !== null,
    gapQuestions: (since, limit) => readGapQuestions(database, name, since, limit),
    askedQuestions: () => readAskedQuestions(database, name),
    votedQuestions: () => readVotedQuestions(database, name),
    curations: (filter) => listCurations(database, name, filter),
    texts: (keys) => readTexts(database, index, keys),
  };
}
