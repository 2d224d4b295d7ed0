import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runChaos } from "./chaos.ts";
import { startCrashServer } from "./server.ts";

const seed = Number(process.env["SEED"] ?? 20_261_122);
const noServer = process.env["LTD_TEST_NO_SERVER"];

/** The short form of `npm run test:crash`. */
describe("workers that are killed, and a server that is stopped", { skip: noServer ?? false }, () => {
  it(`lose nothing (SEED=${seed})`, { timeout: 300_000 }, async () => {
    const server = await startCrashServer();
    try {
      const { url } = server;
      const { faults, snapshots, statements, disturbances } = await runChaos({
        url,
        crash: () => server.crash(),
        seed,
        kills: 6,
        stops: 1,
      });
      assert.deepEqual(faults, []);
      assert.ok(snapshots > 0 && statements > 50, `${snapshots} snapshots, ${statements} statements`);
      assert.ok(disturbances >= 5, `${disturbances} disturbances: each of them once`);
    } finally {
      await server.stop();
    }
  });
});
