/** A worker that may be killed at any moment: `watch` with small batches and short leases, so that there is much to interrupt. */
import { setTimeout } from "node:timers/promises";
import { LtdError, openDatabase, watch, type Database } from "../../src/index.ts";

/** A server that is just away is waited for; `watch` does that itself once it is connected. */
async function open(url: string): Promise<Database> {
  for (;;) {
    try {
      return await openDatabase({ url });
    } catch (error) {
      if (!(error instanceof LtdError && error.code === "database")) throw error;
      await setTimeout(200);
    }
  }
}

const stop = new AbortController();
process.once("SIGTERM", () => stop.abort());
const database = await open(process.argv[2]!);
try {
  await watch(database, {
    threads: 1,
    pollMs: 300,
    batchRows: 16,
    leaseMs: 2_000,
    signal: stop.signal,
    // tells who kills it that it is at work
    onEvent: ({ event }) => process.send?.(event),
  });
} finally {
  await database.close();
  if (process.connected) process.disconnect();
}
