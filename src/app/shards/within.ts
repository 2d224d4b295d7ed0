import { setMaxListeners } from "node:events";
import { abortable } from "../../abort.ts";
import { LtdError } from "../../errors.ts";

const LATE = { hint: "look at its server, or give it more time: ltd-index shard add … --deadline" };

/** What `work` gives before the deadline, else LtdError "database". Its signal ends the statements that run. */
export async function within<T>(
  deadlineMs: number,
  signal: AbortSignal | undefined,
  work: (ended: AbortSignal) => Promise<T>,
  shard: string,
): Promise<T> {
  signal?.throwIfAborted();
  const ending = new AbortController();
  setMaxListeners(0, ending.signal);
  const stop = (): void => ending.abort(signal?.reason);
  const timer = setTimeout(
    () => ending.abort(new LtdError("database", `the shard ${shard} did not answer within ${deadlineMs} ms`, LATE)),
    deadlineMs,
  );
  signal?.addEventListener("abort", stop);
  try {
    return await abortable(work(ending.signal), ending.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}
