import assert from "node:assert/strict";
import { it } from "node:test";
import { describeServer } from "../support/databases.ts";
import { killCurators } from "./curation.ts";

describeServer("curators that are killed", (databases) => {
  it("leave journal and wordings as one", { timeout: 170_000 }, async () => {
    const { lines, faults } = await killCurators({ url: await databases.createTarget(), kills: 3, seed: 1 });
    assert.deepEqual(faults, []);
    assert.ok(lines > 0, "something was accepted");
  });
});
