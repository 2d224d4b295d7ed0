/**
 * The public functions of the loop of questions and answers (docs/loop.md). They check their arguments as those of
 * functions.ts do.
 */
import * as checking from "./app/loop/check.ts";
import type { CheckOptions } from "./app/loop/check.ts";
import * as curating from "./app/shards/curate.ts";
import type { CurateOptions } from "./app/loop/curate.ts";
import * as answering from "./app/loop/feedback.ts";
import * as logging from "./app/operate/log.ts";
import type { LogOptions } from "./app/operate/log.ts";
import { feedbackOptions } from "./app/open/checked-index.ts";
import { checkedAsync, kinds, listOf, oneOf, optional, options } from "./check-arguments.ts";

const { any, database, flag, generation, name, number, object, signal, text, whole } = kinds;
const curateOptions = { by: text, origin: text };

export const accept: typeof curating.accept = checkedAsync(
  "accept",
  { database, name, key: any, questions: listOf(text), options: optional(options<CurateOptions>(curateOptions)) },
  curating.accept,
);
export const reject: typeof curating.reject = checkedAsync(
  "reject",
  { database, name, key: any, questions: listOf(text), options: optional(options<CurateOptions>(curateOptions)) },
  curating.reject,
);
export const setAside: typeof curating.setAside = checkedAsync(
  "setAside",
  {
    database,
    name,
    action: oneOf("draft", "dismiss"),
    questions: listOf(text),
    options: optional(options<CurateOptions>(curateOptions)),
  },
  curating.setAside,
);
export const undo: typeof curating.undo = checkedAsync(
  "undo",
  { database, name, options: optional(options<{ id?: string; by?: string }>({ id: text, by: text })) },
  curating.undo,
);
export const journal: typeof curating.journal = checkedAsync(
  "journal",
  {
    database,
    name,
    options: optional(options<{ limit?: number; standing?: boolean }>({ limit: whole, standing: flag })),
  },
  curating.journal,
);
export const check: typeof checking.check = checkedAsync(
  "check",
  {
    database,
    generation,
    questions: listOf(object),
    options: optional(options<CheckOptions>({ baseline: object, allow: number, signal })),
  },
  checking.check,
);
export const saveGolden: typeof checking.saveGolden = checkedAsync(
  "saveGolden",
  { file: name, result: object },
  checking.saveGolden,
);
export const readGolden: typeof checking.readGolden = checkedAsync("readGolden", { file: name }, checking.readGolden);
export const acceptVoted: typeof curating.acceptVoted = checkedAsync(
  "acceptVoted",
  { database, name, options: optional(options<{ least?: number; by?: string }>({ least: whole, by: text })) },
  curating.acceptVoted,
);
export const feedback: typeof answering.feedback = checkedAsync(
  "feedback",
  { database, given: feedbackOptions },
  answering.feedback,
);
export const loopLabels: typeof curating.loopLabels = checkedAsync(
  "loopLabels",
  { database, name },
  curating.loopLabels,
);
export const setLog: typeof logging.setLog = checkedAsync(
  "setLog",
  {
    database,
    name,
    options: optional(
      options<LogOptions>({
        sample: number,
        keepDays: whole,
        mask: listOf(name),
        hash: flag,
        mostADay: whole,
        votesADay: whole,
      }),
    ),
  },
  logging.setLog,
);
export const stopLog: typeof logging.stopLog = checkedAsync("stopLog", { database, name }, logging.stopLog);
export const logStatus: typeof logging.logStatus = checkedAsync("logStatus", { database, name }, logging.logStatus);
export const clearLog: typeof logging.clearLog = checkedAsync("clearLog", { database, name }, logging.clearLog);
