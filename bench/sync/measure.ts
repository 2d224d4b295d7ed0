import { add, init, loadModel, openDatabase, openIndex } from "../../src/index.ts";
import { measureLatency, peakMiB, startClock, type Latency, type Span } from "../shared/clock.ts";
import { BATCH_SIZE, readDemo, readTitles, shortQuestions } from "../shared/workload.ts";

/** `init` and `add` in a process of their own, as a user would type them. */
export interface PrepareMeasurement {
  /** Schema and word table. */
  init: Span;
  /** Triggers, and all rows queued. */
  add: Span;
  peakMiB: number;
}

/** `sync` of a prepared database, in a process of its own. */
export interface SyncMeasurement {
  /** Open the database, load the model, open the session, give a first batch. */
  start: Span;
  /** Claim, read, embed, write: all of `sync` but the next. */
  embed: Span;
  /** The HNSW index of the entries. */
  build: Span;
  /** Seconds of the check of the thresholds after it, some 300 questions. */
  check: number;
  /** One question, text to the five nearest rows. */
  question: Latency;
  /** Of this process: with the embedded database Postgres is in it, with a server not. */
  peakMiB: number;
}

/** Questions of a table of long texts. */
const LONG_QUESTIONS = 5;

/** What {@link openDatabase} takes: an empty database. */
export type Target = { url: string } | { folder: string };

/**
 * Makes a table of `rows` titles in an empty database, and declares an index on it.
 *
 * @param characters of each text instead: pieces of the demo's answers, one after the other
 */
export async function measurePrepare(target: Target, rows: number, characters?: number): Promise<PrepareMeasurement> {
  const database = await openDatabase(target);
  try {
    await database.query("create table faq (id bigint primary key, title text)");
    if (characters === undefined) {
      await database.query(
        "insert into faq select row, title from json_array_elements_text($1::json) with ordinality as given (title, row)",
        [JSON.stringify(readTitles(rows))],
      );
    } else {
      const answers = readDemo().map(({ answer }) => answer);
      await database.query(
        `insert into faq
         select row, left(substr($1, 1 + row * 997 % length($1)) || repeat($1, 1 + $3 / length($1)), $3)
         from generate_series(1, $2::integer) row`,
        [answers.join(""), rows, characters],
      );
    }
    const model = await loadModel();
    const initializing = startClock();
    await init(database, model);
    const initSpan = initializing();
    const adding = startClock();
    await add(database, model, { name: "faq", table: "faq", template: "{title}" });
    return { init: initSpan, add: adding(), peakMiB: peakMiB() };
  } finally {
    await database.close();
  }
}

/** Runs `sync` on what {@link measurePrepare} left, from the first row to the last, and asks questions. */
export async function measureSync(
  target: Target,
  rows: number,
  threads: number,
  characters?: number,
): Promise<SyncMeasurement> {
  const titles = readTitles(rows);
  const starting = startClock();
  const index = await openIndex({ index: "faq", database: "url" in target ? target.url : target.folder, threads });
  try {
    await index.embed(titles.slice(0, BATCH_SIZE));
    const start = starting();

    let clock = startClock();
    let embed: Span | undefined;
    const result = await index.sync({
      calibrate: true,
      onProgress({ phase }) {
        if (phase !== "build") return;
        embed = clock();
        clock = startClock();
      },
    });
    const finished = clock();
    const check = result.calibrated?.seconds ?? 0;
    const build = { ...finished, seconds: finished.seconds - check };
    if (embed === undefined || result.embedded !== rows || !result.builtVectorIndex) {
      throw new Error(`sync did not embed ${rows} rows: ${JSON.stringify(result)}`);
    }
    // an answer has its whole row: of long ones a few will do
    const questions = shortQuestions(titles).slice(0, characters === undefined ? undefined : LONG_QUESTIONS);
    const question = await measureLatency(questions, (text) => index.match(text));
    return { start, embed, build, check, question, peakMiB: peakMiB() };
  } finally {
    await index.close();
  }
}
