import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { addAlias } from "../../../src/app/ask/alias.ts";
import { match, type MatchResult } from "../../../src/app/ask/match.ts";
import { exportIndex } from "../../../src/app/file/export.ts";
import { openLocal } from "../../../src/app/file/open.ts";
import { exportPage } from "../../../src/app/shards/export.ts";
import { packVectors, unpackVectors } from "../../../src/app/file/packed.ts";
import { add } from "../../../src/app/keep/add.ts";
import { sync } from "../../../src/app/keep/sync.ts";
import { openDatabase } from "../../../src/db/connect/open.ts";
import { init } from "../../../src/app/keep/init.ts";
import { createEmbedder } from "../../../src/embed/embedder.ts";
import { loadModel } from "../../../src/embed/model-package.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { openBrowser, whyNoBrowser } from "../../support/browser.ts";

const ROWS = 500;

/** An alias, a negative question, and what the table does not have. */
const OTHERS =
  "白条啥时候还|这一行不回答的问题|电脑蓝屏了怎么修|今天天气怎么样|……|how to get a refund|iPhone 15 多少钱|退款多久到账|明天去北京的机票|WiFi 密码忘了".split(
    "|",
  );

it("vectors in 10 bits are nearly the same, and of unit length", () => {
  const dims = 8;
  const data = Float32Array.from({ length: 5 * dims }, (_, at) => Math.sin(at * 7.3));
  for (let row = 0; row < 5; row++) {
    const vector = data.subarray(row * dims, (row + 1) * dims);
    const length = Math.hypot(...vector);
    vector.forEach((value, at) => (vector[at] = value / length));
  }
  const packed = packVectors(data, dims);
  assert.equal(packed.length, data.length * 1.25);
  unpackVectors(packed, 5, dims).forEach((value, at) => assert.ok(Math.abs(value - data[at]!) < 0.002));
});

describe("the page that answers by itself", { skip: whyNoBrowser() }, () => {
  let folder: string;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  let titles: string[];

  before(
    async () => {
      folder = await mkdtemp(join(tmpdir(), "ltd-answer-"));
      const lines = gunzipSync(await readFile(new URL("demo/medical-faq.jsonl.gz", packageRoot))).toString("utf8");
      titles = lines.split("\n", ROWS).map((line) => (JSON.parse(line) as { title: string }).title);
      const database = await openDatabase({ folder: join(folder, "db"), create: true });
      try {
        const model = await loadModel();
        await init(database, model);
        await database.script("create table faq (id bigint primary key, title text, answer text)");
        await database.query(
          "insert into faq select n, t, '</script><script>window.broken = 1</script>' from unnest($1::text[]) with ordinality u (t, n)",
          [titles],
        );
        await add(database, model, { table: "faq", template: "{title}" });
        await addAlias(database, "faq", [
          { key: "3", question: "白条啥时候还" },
          { key: "5", question: "这一行不回答的问题", isNegative: true },
        ]);
        const embedder = await createEmbedder({ model });
        await sync(database, await getIndex(database, "faq"), () => Promise.resolve(embedder));
        await embedder.close();
        await exportIndex(database, "faq", join(folder, "faq.ltd"), { method: "exact" });
        const done = await exportPage(database, "faq", join(folder, "faq.html"));
        assert.equal(done.rows, ROWS);
      } finally {
        await database.close();
      }
      browser = await openBrowser();
      const context = await browser.newContext({
        offline: true,
        locale: "en-US",
        viewport: { width: 390, height: 800 },
      });
      page = await context.newPage();
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
      page.on("request", (request) => {
        if (!/^(file:.*\/faq\.html|data:,)$/.test(request.url())) complaints.push(request.url().slice(0, 80));
      });
      await page.goto(`file://${join(folder, "faq.html")}`);
    },
    { timeout: 170_000 },
  );
  after(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
    assert.deepEqual(complaints, []);
  });

  it("answers 200 questions as match --local does", async () => {
    const changes = [
      (text: string) => text,
      (text: string) => `请问${text}`,
      (text: string) => text.slice(1),
      (text: string) => `${text.replace(/[？?]/u, "")}呢`,
    ];
    const questions = [...Array.from({ length: 190 }, (_, at) => changes[at % 4]!(titles[2 * at]!)), ...OTHERS];
    const local = await openLocal(join(folder, "faq.ltd"), {});
    const expected = await match(local.searchable, questions);
    await local.close();
    const found = (await page.evaluate(async (asked: string[]) => {
      const index = await (globalThis as unknown as { answer: Promise<{ ask(text: string): unknown }> }).answer;
      const results = [];
      for (const question of asked) results.push(await index.ask(question));
      return results;
    }, questions)) as MatchResult[];
    assert.equal(found.length, 200);
    for (const [at, result] of found.entries()) {
      const wanted = expected[at]!;
      assert.equal(result.decision, wanted.decision, result.question);
      assert.ok(Math.abs((result.chance ?? 0) - (wanted.chance ?? 0)) < 0.03, `${result.question}: ${result.chance}`);
      if (wanted.answers.length === 0) continue;
      const [first, second] = wanted.answers;
      const isTie = first!.similarity - second!.similarity < 0.0005;
      if (!isTie) assert.deepEqual(result.answers[0]!.key, first!.key, result.question);
      assert.deepEqual(result.answers[0]!.found, first!.found);
      assert.ok(Math.abs(result.answers[0]!.similarity - first!.similarity) < 0.001, result.question);
    }
    const decisions = new Set(found.map(({ decision }) => decision));
    assert.ok(decisions.has("answer") && decisions.has("none"));
  });

  it("shows answers in both languages on a phone, and runs nothing that a row holds", async () => {
    await page.fill("#question", titles[7]!);
    await page.keyboard.press("Enter");
    await page.locator("#decision.answer").waitFor();
    assert.equal(await page.locator("#decision").innerText(), "Answer");
    assert.match(await page.locator("#answers li").first().innerText(), /chance that it is right 100 %/);
    await page.selectOption("#language", "zh");
    assert.equal(await page.locator("#decision").innerText(), "可以回答");
    assert.match(await page.locator("#facts").innerText(), /^500 行，.*无需联网/);
    await page.locator("#answers summary").first().click();
    assert.match(await page.locator("#answers pre").first().innerText(), /<\/script>/);
    assert.equal(await page.evaluate("window.broken"), undefined);
    const width = await page.evaluate("document.documentElement.scrollWidth");
    assert.ok((width as number) <= 390, `${width as number} pixels wide`);
  });
});
