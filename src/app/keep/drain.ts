import { claim, release, type Claim } from "../../db/capture/queue.ts";
import { addCounts, noCounts, processClaims, type Counts, type Work } from "./batch.ts";

/**
 * Batches under way at once. One is embedded, one waits for that, one is written, and one is spare, as a write
 * sometimes takes long.
 */
const BATCHES = 4;

/**
 * Embeds what is due in the queue of an index until nothing is due any more.
 *
 * The queue is claimed, rows are read, embedded and written at the same time, for batches one after the other. It can
 * be killed at any moment: a row leaves the queue only in the transaction that writes its entry, and only if it has not
 * changed since it was read. Whatever is thrown, what was claimed is free again at once, if the database can still be
 * told.
 *
 * @param onBatch called after each batch with the rows that it took from the queue
 */
export async function drain(work: Work, signal?: AbortSignal, onBatch?: (rows: number) => void): Promise<Counts> {
  const { database, index } = work;
  const { batchRows = 1_024, leaseMs = 60_000 } = work.options;
  const counts = noCounts();
  const running = new Map<Promise<void>, AbortController>();
  let failure: { error: unknown } | undefined;

  const start = (claims: Claim[]): void => {
    const stop = new AbortController();
    const batch = processClaims(work, claims, stop.signal)
      .then((done) => {
        addCounts(counts, done);
        onBatch?.(claims.length);
      })
      .catch(async (error: unknown) => {
        if (!stop.signal.aborted) failure ??= { error };
        await release(database, index, claims).catch(() => {});
      })
      .finally(() => running.delete(batch));
    running.set(batch, stop);
  };
  const finishOldest = (): void => [...running.values()].slice(1).forEach((stop) => stop.abort());

  signal?.addEventListener("abort", finishOldest);
  try {
    while (!signal?.aborted && failure === undefined) {
      const claims = await claim(database, index, { limit: batchRows, leaseMs });
      if (claims.length === 0) break;
      start(claims);
      if (running.size >= BATCHES) await Promise.race(running.keys());
    }
  } catch (error) {
    failure ??= { error };
  } finally {
    if (signal?.aborted) finishOldest();
    await Promise.all(running.keys());
    signal?.removeEventListener("abort", finishOldest);
  }
  if (failure !== undefined) throw failure.error;
  return counts;
}
