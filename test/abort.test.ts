import assert from "node:assert/strict";
import { setMaxListeners } from "node:events";
import { describe, it } from "node:test";
import { abortable } from "../src/abort.ts";

describe("abortable", () => {
  it("lets any number of calls wait for one signal, without Node's warning of a leak", async () => {
    const warnings: Error[] = [];
    const take = (warning: Error) => warnings.push(warning);
    process.on("warning", take);
    const stop = new AbortController();
    setMaxListeners(10, stop.signal); // as Node 20 has it
    const reason = new Error("enough");
    const calls = Array.from({ length: 50 }, () => abortable(new Promise(() => {}), stop.signal));
    stop.abort(reason);
    for (const call of await Promise.allSettled(calls)) assert.equal((call as PromiseRejectedResult).reason, reason);
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", take);
    assert.deepEqual(warnings, []);
  });
});
