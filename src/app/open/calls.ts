import { LtdError } from "../../errors.ts";

/** The calls of something that can be closed: a close waits for those under way and refuses others. */
export class Calls {
  readonly #what: string;
  readonly #running = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();
  #closed: Promise<void> | undefined;

  constructor(what: string) {
    this.#what = what;
  }

  /** Aborted when it is being closed, for calls that may take long. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Throws LtdError "index" once it is closed, the signal's reason if it is aborted already. */
  async run<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    if (this.#closed !== undefined) {
      throw new LtdError("index", `${this.#what} is closed`, { hint: "open it again: openIndex" });
    }
    signal?.throwIfAborted();
    const running = work();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** Runs `end` once, after the running calls; closing again waits for the same. */
  close(end: () => Promise<void>): Promise<void> {
    this.#closing.abort();
    this.#closed ??= Promise.allSettled(this.#running).then(end);
    return this.#closed;
  }
}
