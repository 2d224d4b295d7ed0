import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { it } from "node:test";
import { add, loadModel, openDatabase, openIndex } from "../src/index.ts";
import { createMetrics } from "../src/serve/metrics.ts";
import { describeEmbedded } from "./support/databases.ts";

const folder = join(import.meta.dirname, "../examples");

it("the dashboard asks for metrics that there are", async () => {
  const text = await readFile(join(folder, "grafana-dashboard.json"), "utf8");
  const { panels } = JSON.parse(text) as { panels: { targets: { expr: string }[] }[] };
  const asked = panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => expr.match(/\bltd_\w+/g) ?? []));
  const metrics = createMetrics(new Map());
  metrics.request("/v1/match", 200, 0.01);
  const given = await metrics.text();
  assert.ok(asked.length >= 6);
  for (const name of asked) assert.match(given, new RegExp(`^(# TYPE ${name} |${name}\\{)`, "m"), name);
});

describeEmbedded("the FAQ bot", (databases) => {
  it("answers, suggests, passes on, and ends at SIGTERM", { timeout: 120_000 }, async () => {
    const target = await databases.createTarget("initialised");
    const database = await openDatabase({ folder: target });
    await database.script(`create table faq (id int primary key, question text, answer text);
      insert into faq values (1, '如何申请退款？', '在订单页点击“申请售后”。'), (2, '忘记密码怎么办？', '点击“找回密码”。')`);
    await add(database, await loadModel(), { table: "faq", template: "{question}" });
    const index = await openIndex({ index: "faq", database, threads: 1 });
    await index.sync();
    await index.close();
    await database.close();
    const child = spawn(process.execPath, [join(folder, "faq-bot.mjs")], {
      env: { PATH: process.env["PATH"], PORT: "0", LTD_DATABASE_FOLDER: target, LTD_THREADS: "1" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exit = once(child, "exit") as Promise<[number | null]>;
    const [port] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    const ask = async (question: string) =>
      (await fetch(`http://127.0.0.1:${port}/?q=${encodeURIComponent(question)}`)).json() as Promise<object>;
    assert.deepEqual(await ask("如何申请退款"), { answer: "在订单页点击“申请售后”。" });
    assert.deepEqual(await ask("电脑蓝屏了怎么修"), { passedOn: true });
    assert.deepEqual(await ask(""), { passedOn: true });
    child.kill("SIGTERM");
    assert.equal((await exit)[0], 0);
  });
});
