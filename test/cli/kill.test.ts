import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { before, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { GenerationStatus } from "../../src/app/operate/list-generations.ts";
import type { IndexStatus } from "../../src/app/status.ts";
import type { SyncResult } from "../../src/app/keep/sync.ts";
import { runCli } from "../support/cli.ts";
import { describeDatabases } from "../support/databases.ts";
import "../support/english.ts";

const main = join(import.meta.dirname, "../../src/cli/main.ts");
const ROWS = 4000;
/** What the end of the leases does after a minute. */
const free = "update ltd.queue set leased_until = null, not_before = now() where leased_until is not null";

describeDatabases("sync that is killed", (databases) => {
  let target: string;
  const json = async <T>(...args: string[]): Promise<T> => {
    const { code, stdout, stderr } = await runCli([...args, "--json"], { target });
    assert.equal(code, 0, stderr);
    return (stdout === "" ? undefined : JSON.parse(stdout)) as T;
  };

  /** Starts a verb in a process of its own and sends it a signal after a while. */
  async function interrupt(afterMs: number, signal: NodeJS.Signals, verb = ["sync", "faq"]): Promise<number | null> {
    const setting = target.startsWith("postgres") ? { DATABASE_URL: target } : { LTD_DATABASE_FOLDER: target };
    const child = spawn(process.execPath, [main, ...verb, "--threads", "1"], {
      env: { ...process.env, ...setting },
      stdio: "ignore",
      timeout: 120_000, // one that hangs must not keep the tests from ending
      killSignal: "SIGKILL",
    });
    const exit = once(child, "exit") as Promise<[number | null]>;
    await Promise.race([pause(afterMs), exit]);
    child.kill(signal);
    return (await exit)[0];
  }

  before(async () => {
    target = await databases.createTarget("initialised");
    await json("query", "create table faq (id bigint primary key, question text)");
    await json(
      "query",
      `insert into faq select n, '第' || n || '个问题：' || (array['怎么退款', '如何改地址', '忘记密码了'])[1 + n % 3]
       from generate_series(1, ${ROWS}) n`,
    );
    await json("add", "faq");
  });

  it("at any moment loses nothing: the next one goes on where it was", async () => {
    let indexed = 0;
    for (const afterMs of [900, 1500, 2500, 4000]) {
      await interrupt(afterMs, "SIGKILL");
      const [state] = await json<IndexStatus[]>("status", "faq");
      assert.ok(state!.indexed >= indexed, "what was written stays");
      indexed = state!.indexed;
      // On a server a worker that is gone is noticed when its lease ends, here by hand; an embedded database had only that one.
      if (databases.kind === "server") await json("query", free);
    }
    const done = await json<SyncResult>("sync", "faq");
    assert.equal(indexed + done.embedded, ROWS);
    const [state] = await json<IndexStatus[]>("status", "faq");
    assert.deepEqual([state!.indexed, state!.pending, state!.failed, state!.vectorIndex], [ROWS, 0, 0, "valid"]);
  });

  it("SIGTERM finishes the batch and gives the rest back at once", async () => {
    // as long as texts can be, so that no machine is done before the signal
    await json("query", "update faq set question = rpad(question, 128, '，平时要注意什么')");
    let code: number | null = null;
    // null: a slow machine had not yet come to listening
    for (let afterMs = 2000; code === null; afterMs *= 2) code = await interrupt(afterMs, "SIGTERM");
    assert.equal(code, 130);
    const [state] = await json<IndexStatus[]>("status", "faq");
    assert.equal(state!.leased, 0);
    await json("sync", "faq");
    const [settled] = await json<IndexStatus[]>("status", "faq");
    assert.deepEqual([settled!.pending, settled!.entries], [0, ROWS]);
  });

  it("a generation that is built and switched to at that moment is built and switched to by the next one", async () => {
    const states = async () =>
      (await json<GenerationStatus[]>("generation", "list", "faq")).map(({ state, model }) => `${state} ${model}`);
    const build = ["generation", "build", "faq", "--model", "ltd-zh-2-tiny"];
    for (const afterMs of [900, 1500, 2500, 4000]) {
      await interrupt(afterMs, "SIGKILL", build);
      const all = await states();
      assert.ok(all.length <= 2 && all[0] === "live ltd-zh-2", all.join());
      if (databases.kind === "server") await json("query", free);
    }
    await json(...build);
    assert.deepEqual(await states(), ["live ltd-zh-2", "building ltd-zh-2-tiny"]);
    // what a switch has to do first
    await json("query", "update faq set question = '又改了：' || question where id <= 500");
    for (const afterMs of [900, 1500, 2500]) {
      await interrupt(afterMs, "SIGKILL", ["generation", "switch", "faq"]);
      const all = await states();
      assert.equal(all.filter((state) => state.startsWith("live")).length, 1, all.join());
      if (databases.kind === "server") await json("query", free);
    }
    if ((await states()).includes("building ltd-zh-2-tiny")) await json("generation", "switch", "faq");
    assert.deepEqual(await states(), ["previous ltd-zh-2", "live ltd-zh-2-tiny"]);
    await json("sync", "faq");
    await json("verify", "faq");
  });
});
