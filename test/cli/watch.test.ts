import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { before, it } from "node:test";
import type { Check } from "../../src/app/operate/check.ts";
import type { VerifyResult } from "../../src/app/operate/verify.ts";
import type { WatchEvent } from "../../src/app/keep/watch.ts";
import { runCli } from "../support/cli.ts";
import { describeDatabases } from "../support/databases.ts";
import "../support/english.ts";

const main = join(import.meta.dirname, "../../src/cli/main.ts");

describeDatabases("watch, verify and doctor as verbs", (databases) => {
  let target: string;
  const ltd = (...args: string[]) => runCli(args, { target });
  const ok = async (...args: string[]) => {
    const { code, stdout, stderr } = await ltd(...args);
    assert.equal(code, 0, stderr);
    return stdout;
  };

  before(async () => {
    target = await databases.createTarget("initialised");
    await ok("query", "create table faq (id int primary key, question text)");
    await ok("query", "insert into faq values (1, '怎么退款'), (2, '忘记密码'), (3, '！')");
    await ok("add", "faq");
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`watch embeds what waits, tells it, and ends with 0 at ${signal}`, { timeout: 120_000 }, async () => {
      await ok("query", `update faq set question = question || '${signal}'`);
      const setting = databases.kind === "server" ? { DATABASE_URL: target } : { LTD_DATABASE_FOLDER: target };
      const flags = signal === "SIGTERM" ? ["--json", "--poll", "0.2", "--max-attempts", "3"] : ["faq"];
      const child = spawn(process.execPath, [main, "watch", "--threads", "1", ...flags], {
        env: { ...process.env, ...setting },
        stdio: ["ignore", "pipe", "pipe"],
        timeout: 110_000, // one that hangs must not keep the tests from ending
        killSignal: "SIGKILL",
      });
      const exit = once(child, "exit") as Promise<[number | null]>;
      const seen: string[] = [];
      for await (const line of createInterface({ input: signal === "SIGTERM" ? child.stdout : child.stderr })) {
        seen.push(line);
        if (/"synced"|embedded/.test(line)) child.kill(signal);
      }
      assert.deepEqual(await exit, [0, null], seen.join("\n"));
      if (signal === "SIGTERM") {
        const events = seen.map((line) => JSON.parse(line) as WatchEvent);
        assert.deepEqual(events[0], { event: "ready", indexes: ["faq"] });
        const synced = events.find((event) => event.event === "synced")!;
        assert.deepEqual([synced.index, synced.embedded, synced.empty], ["faq", 3, 0]);
      } else {
        assert.match(seen.join("\n"), /^watching faq\n[^]*^faq: 3 embedded; /m);
      }
    });
  }

  it("watch refuses what cannot be right", async () => {
    const poll = await ltd("watch", "--poll", "0");
    assert.deepEqual([poll.code, poll.stderr], [2, "error: --poll is 0, but must be seconds from 0.1 to 3600\n"]);
    assert.equal((await ltd("watch", "--max-attempts", "many")).code, 2);
    assert.match((await ltd("watch", "fax")).stderr, /no index "fax"\nhint: .*faq/);
    assert.equal((await ltd("failed", "--limit", "0")).code, 2);
  });

  it("verify ends with 0 where nothing is wrong, and with 3 where something is or was", async () => {
    await ok("sync");
    assert.match(await ok("verify"), /^faq: 3 rows compared, nothing is wrong/);
    await ok("query", "delete from ltd.entry_1 where key = 1");
    const found = await ltd("verify", "faq");
    assert.equal(found.code, 3);
    assert.match(found.stdout, /^faq: 3 rows compared, WRONG.*\n {2}1 without an entry\n {4}missing: 1\n$/);
    assert.match(found.stderr, /next: ltd-index verify --repair/);
    const repaired = await ltd("verify", "--repair", "--json");
    assert.equal(repaired.code, 3);
    assert.equal((JSON.parse(repaired.stdout) as VerifyResult).queued, 1);
    await ok("sync");
    assert.equal((JSON.parse(await ok("verify", "--json")) as VerifyResult).ok, true);
  });

  it("doctor ends with 0, and with 3 where there is a problem", async () => {
    const checks = (await ok("doctor", "--json"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Check);
    assert.deepEqual(
      checks.filter(({ level }) => level === "problem"),
      [],
    );
    assert.match(await ok("doctor"), /^ok {7}server: PostgreSQL \d/m);
    await ok("query", "drop table faq");
    const { code, stdout } = await ltd("doctor");
    assert.equal(code, 3);
    assert.match(
      stdout,
      /^problem {2}index faq: its table public\.faq was dropped\n {9}ltd-index remove faq --keep, then ltd-index add/m,
    );
  });
});
