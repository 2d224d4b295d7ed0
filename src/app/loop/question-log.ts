import { randomUUID } from "node:crypto";
import type { Database } from "../../db/database.ts";
import { writeQuestions, type LoggedQuestion } from "../../db/loop/question-log.ts";
import { bareText } from "../../text/normalize.ts";
import type { AskedQuestion, QuestionSink } from "../ask/question-sink.ts";

/** Who asks, as the log says it. */
export type QuestionSource = "library" | "cli" | "serve";

/** A question that waits to be written. */
interface Waiting extends Omit<LoggedQuestion, "age" | "bare"> {
  readonly askedAt: number;
}

/** Questions that are written together at most. */
const TOGETHER = 256;
/** Questions that wait at most; what comes on top is dropped and counted. */
const MOST_WAITING = 2_048;
/** A question waits this long for others. */
const DELAY_MS = 200;
/** Pause after a failed write. */
const PAUSE_MS = 30_000;

/**
 * Writes the questions of one open index into its log, in the background. No question waits for it or sees its errors.
 * What a slow or failing database cannot take is dropped.
 */
export class QuestionLog implements QuestionSink {
  /** Questions that were lost on this side: too many waited, or a write failed. */
  dropped = 0;
  readonly #database: Database;
  readonly #index: string;
  readonly #source: QuestionSource;
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #pausedUntil = 0;

  constructor(database: Database, index: string, source: QuestionSource) {
    this.#database = database;
    this.#index = index;
    this.#source = source;
  }

  record(asked: AskedQuestion): string | null {
    if (this.#waiting.length >= MOST_WAITING || performance.now() < this.#pausedUntil) {
      this.dropped++;
      return null;
    }
    const id = randomUUID();
    this.#waiting.push({ id, ...asked, askedAt: performance.now() });
    if (this.#waiting.length >= TOGETHER) void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), DELAY_MS).unref();
    return id;
  }

  /** Writes what waits now; returns when it is written or lost. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#waiting.length > 0 || this.#writing !== undefined) {
      this.#writing ??= this.#write(this.#waiting.splice(0, TOGETHER)).finally(() => (this.#writing = undefined));
      await this.#writing;
    }
  }

  async #write(questions: readonly Waiting[]): Promise<void> {
    const now = performance.now();
    const entries = questions.map(({ askedAt, ...question }) => ({
      ...question,
      bare: bareText(question.question),
      age: (now - askedAt) / 1000,
    }));
    try {
      const kept = await writeQuestions(this.#database, this.#index, this.#source, entries);
      this.dropped += questions.length - kept;
    } catch {
      // whatever it was, the answer was given: the next questions are not held up by it again
      this.dropped += questions.length;
      this.#pausedUntil = performance.now() + PAUSE_MS;
    }
  }
}
