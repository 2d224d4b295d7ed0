import { setMaxListeners } from "node:events";

/**
 * What the promise gives, or the signal's reason as soon as it aborts. The work behind the promise goes on; its result
 * is ignored for it any more, and how it ends is not reported.
 */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  // any number of questions may wait for one signal; Node 20 warns of a leak from the eleventh on
  setMaxListeners(0, signal);
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
