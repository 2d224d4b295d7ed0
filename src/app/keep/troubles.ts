import { LtdError } from "../../errors.ts";

/** An index cannot be worked on, or the database is unreachable (`index` is null). It is retried after a pause. */
export type TroubleEvent =
  | { event: "trouble"; index: string | null; error: LtdError; retryMs: number }
  | { event: "recovered"; index: string | null };

/** The first and the longest pause after trouble; it doubles in between, with jitter. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;

interface Trouble {
  times: number;
  /** Time of day in ms before which it is left alone. */
  until: number;
  message: string;
}

/** Recurring failures: each is reported once, and retried after pauses that double. */
export class Troubles {
  readonly #troubles = new Map<string | null, Trouble>();
  readonly #onEvent: (event: TroubleEvent) => void;

  constructor(onEvent: (event: TroubleEvent) => void) {
    this.#onEvent = onEvent;
  }

  has(name: string): boolean {
    return this.#troubles.has(name);
  }

  /**
   * Runs `work`, unless it is to be left alone for now. Gives the pause in ms until it may be tried again; Infinity
   * after success.
   *
   * @param isExpected false for an error that is thrown on
   */
  async guard(
    name: string | null,
    isExpected: (error: LtdError) => boolean,
    work: () => Promise<void>,
  ): Promise<number> {
    const before = this.#troubles.get(name);
    if (before !== undefined && before.until > Date.now()) return before.until - Date.now();
    try {
      await work();
      if (this.#troubles.delete(name)) this.#onEvent({ event: "recovered", index: name });
      return Number.POSITIVE_INFINITY;
    } catch (error) {
      if (!(error instanceof LtdError) || !isExpected(error)) throw error;
      const times = before?.times ?? 0;
      const retryMs = Math.min(FIRST_PAUSE_MS * 2 ** times, LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2);
      this.#troubles.set(name, { times: times + 1, until: Date.now() + retryMs, message: error.message });
      if (before?.message !== error.message) this.#onEvent({ event: "trouble", index: name, error, retryMs });
      return retryMs;
    }
  }
}
