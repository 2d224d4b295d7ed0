import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runShardChaos } from "./shard-chaos.ts";

const seed = Number(process.env["SEED"] ?? 20_261_128);
const noServer = process.env["LTD_TEST_NO_SERVER"];

/** The short form of `npm run test:crash -- --shards`. */
describe("workers, shards and a front that are killed", { skip: noServer ?? false }, () => {
  it(`give no wrong answer and lose nothing (SEED=${seed})`, { timeout: 295_000 }, async () => {
    const { faults, statements, answers, partial } = await runShardChaos({ seed, kills: 5, servers: 2 });
    assert.deepEqual(faults, []);
    assert.ok(statements > 50 && answers > 20 && partial > 0, `${statements}, ${answers}, ${partial} partial`);
  });
});
