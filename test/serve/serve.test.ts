import assert from "node:assert/strict";
import { connect } from "node:net";
import { once } from "node:events";
import { after, before, it } from "node:test";
import { add } from "../../src/app/keep/add.ts";
import { sync } from "../../src/app/keep/sync.ts";
import { clearLog, setLog } from "../../src/app/operate/log.ts";
import type { Database } from "../../src/db/database.ts";
import { getIndex } from "../../src/db/indexes/find-index.ts";
import { createEmbedder } from "../../src/embed/embedder.ts";
import { serve, type ServeOptions, type Serving } from "../../src/serve/server.ts";
import { openBrowser, whyNoBrowser } from "../support/browser.ts";
import { describeEmbedded } from "../support/databases.ts";

const TOKEN = "0123456789abcdef";

interface Failure {
  error: { code: string; message: string; hint: string | null };
}

describeEmbedded("ltd-index serve", (databases) => {
  let database: Database;
  let server: Serving;
  const opened: Serving[] = [];
  const open = async (options: ServeOptions = {}) => {
    const serving = await serve(database, { port: 0, threads: 1, ...options });
    opened.push(serving);
    return serving;
  };
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(server.url + path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });

  before(async () => {
    database = await databases.create("initialised");
    const embedder = await createEmbedder({ threads: 1 });
    await database.query("create table faq (id int primary key, question text)");
    await database.query(
      "insert into faq values (1, '如何申请退款？'), (2, '怎么修改收货地址？'), (3, '忘记密码怎么办？')",
    );
    await database.query("create table 工单 (id int primary key, title text)");
    await database.query("insert into 工单 values (7, '打印机卡纸')");
    await add(database, embedder.model, { table: "faq", template: "{question}" });
    await add(database, embedder.model, { table: "工单", name: "ticket", template: "{title}" });
    for (const name of ["faq", "ticket"]) await sync(database, await getIndex(database, name), embedder);
    await embedder.close();
    server = await open();
  });
  after(() => Promise.all(opened.map((each) => each.close())));

  it("answers as the library does, one question or many", async () => {
    const one = (await (await post("/v1/match", { index: "faq", question: "怎么申请退款", limit: 2 })).json()) as {
      decision: string;
      answers: { row: { id: number } }[];
    };
    assert.equal(one.decision, "answer");
    assert.deepEqual(one.answers.map(({ row }) => row.id).slice(0, 1), [1]);
    assert.equal(one.answers.length, 2);
    const many = (await (await post("/v1/match", { index: "faq", question: ["忘了密码", "？"] })).json()) as {
      results: { answers: { row: { id: number } }[]; decision: string }[];
    };
    assert.equal(many.results[0]!.answers[0]!.row.id, 3);
    assert.equal(many.results[1]!.decision, "none");
  });

  it("searches, finds the nearest rows of a row, and lists its indexes", async () => {
    const found = (await (await post("/v1/search", { index: "ticket", question: "卡纸" })).json()) as {
      hits: object[];
    };
    assert.equal(found.hits.length, 1);
    const near = (await (await post("/v1/similar", { index: "faq", key: 1, limit: 1 })).json()) as { rows: object[] };
    assert.equal(near.rows.length, 1);
    const list = (await (await fetch(`${server.url}/v1/indexes`)).json()) as { indexes: { index: string }[] };
    assert.deepEqual(list.indexes.map(({ index }) => index).toSorted(), ["faq", "ticket"]);
  });

  it("gives vectors, also in the form of OpenAI's API", async () => {
    const own = (await (await post("/v1/embed", { index: "faq", texts: ["怎么退款", "！"] })).json()) as {
      dims: number;
      vectors: (number[] | null)[];
    };
    assert.deepEqual([own.dims, own.vectors[0]!.length, own.vectors[1]], [512, 512, null]);
    const body = { input: "怎么退款", model: "text-embedding-3-small" };
    const floats = (await (await post("/v1/embeddings", body)).json()) as { data: { embedding: number[] }[] };
    const packed = (await (await post("/v1/embeddings", { ...body, encoding_format: "base64" })).json()) as {
      data: { embedding: string }[];
    };
    const bytes = Uint8Array.from(Buffer.from(packed.data[0]!.embedding, "base64"));
    assert.deepEqual(Array.from(new Float32Array(bytes.buffer)), floats.data[0]!.embedding);
    assert.ok(floats.data[0]!.embedding.every((number, at) => Math.abs(number - own.vectors[0]![at]!) < 1e-2));
  });

  it("names what is wrong with a request, and where", async () => {
    for (const [path, body, status, says] of [
      ["/v1/match", { index: "faq", question: 5 }, 400, /question: .*received 5/],
      ["/v1/match", { index: "faq", question: "a", limt: 5 }, 400, /limt/],
      ["/v1/match", { index: "faq", question: "a", limit: 0 }, 400, /limit/],
      ["/v1/match", "{", 400, /not JSON/],
      ["/v1/match", { question: "退款" }, 400, /index is missing/],
      ["/v1/match", { index: "faqs", question: "退款" }, 404, /no index "faqs" is served/],
      ["/v1/similar", { index: "faq", key: 99 }, 400, /99/],
      ["/v1/embeddings", { input: ["退款", "！"] }, 400, /input 1 has no letter or digit/],
      ["/v1/macth", {}, 404, /there is no POST \/v1\/macth/],
    ] as const) {
      const response = await post(path, body);
      const { error } = (await response.json()) as Failure;
      assert.equal(response.status, status, `${path} ${JSON.stringify(error)}`);
      assert.match(error.message, says);
      assert.ok(error.hint, "says what to do");
    }
  });

  it("refuses a body that is too large", async () => {
    const response = await post("/v1/embed", { texts: Array.from({ length: 200 }, () => "退".repeat(9_000)) });
    assert.deepEqual([response.status, response.headers.get("connection")], [413, "close"]);
  });

  it("counts a body that comes in pieces and does not say its length", async () => {
    const inPieces = (body: string) =>
      fetch(`${server.url}/v1/embed`, { method: "POST", body: new Blob([body]).stream(), duplex: "half" });
    assert.equal((await inPieces(JSON.stringify({ index: "faq", texts: ["怎么退款"] }))).status, 200);
    const refused = await inPieces("退".repeat(2 ** 20));
    assert.deepEqual([refused.status, refused.headers.get("connection")], [413, "close"]);
  });

  it("refuses what comes while too much runs, and answers everything else", async () => {
    const own = await open({ mostAtOnce: 2 });
    const ask = () =>
      fetch(`${own.url}/v1/match`, { method: "POST", body: JSON.stringify({ index: "faq", question: "怎么退款" }) });
    const statuses = (await Promise.all(Array.from({ length: 40 }, ask))).map(({ status }) => status);
    assert.ok(statuses.includes(200) && statuses.every((status) => status === 200 || status === 503), statuses.join());
    assert.equal((await ask()).status, 200);
  });

  it("64 callers at once all get their answer", async () => {
    const asked = Array.from({ length: 64 }, () => post("/v1/match", { index: "faq", question: "密码忘记了" }));
    for (const response of await Promise.all(asked)) assert.equal(response.status, 200);
  });

  it("wants its token where it has one, compares all of it, and needs one where others can reach it", async () => {
    const own = await open({ token: TOKEN });
    const ask = (headers: Record<string, string>) => fetch(`${own.url}/v1/indexes`, { headers });
    assert.equal((await ask({})).status, 401);
    assert.equal((await ask({ authorization: `Bearer ${TOKEN.slice(1)}` })).status, 401);
    assert.equal((await ask({ authorization: `Bearer ${TOKEN}` })).status, 200);
    assert.equal((await fetch(`${own.url}/healthz`)).status, 200);
    await assert.rejects(open({ host: "0.0.0.0" }), { code: "usage", message: /0\.0\.0\.0 can be reached by others/ });
    await assert.rejects(open({ token: "short" }), { code: "usage", message: /5 characters/ });
    await assert.rejects(open({ port: Number(new URL(own.url).port) }), { code: "input", message: /is taken/ });
    await assert.rejects(open({ names: ["nothing"] }), { code: "index" });
  });

  it("counts for Prometheus, and describes itself", async () => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    assert.match(text, /^ltd_questions_total\{index="faq",decision="answer"\} [1-9]/m);
    assert.match(text, /^ltd_entries\{index="faq"\} 3$/m);
    assert.match(text, /^ltd_request_seconds_count\{route="\/v1\/match",status="400"\} [1-9]/m);
    assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
    const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
      openapi: string;
      paths: Record<string, { post?: { requestBody: { content: Record<string, { schema: object }> } } }>;
    };
    assert.equal(document.openapi, "3.1.0");
    const { schema } = document.paths["/v1/match"]!.post!.requestBody.content["application/json"]!;
    assert.deepEqual(Object.keys((schema as { properties: object }).properties), ["index", "question", "limit"]);
  });

  it(
    "ends a client that never finishes its request, and closes while one is connected",
    { timeout: 30_000 },
    async () => {
      const own = await open();
      const socket = connect(Number(new URL(own.url).port), "127.0.0.1");
      await once(socket, "connect");
      socket.write("POST /v1/match HTTP/1.1\r\nhost: x\r\n");
      await own.close();
      await assert.rejects(fetch(`${own.url}/healthz`));
      socket.destroy();
    },
  );

  it("has a page to try questions on, in both languages", { skip: whyNoBrowser(), timeout: 120_000 }, async () => {
    const browser = await openBrowser();
    try {
      for (const [locale, says, width] of [
        ["zh-CN", "可以回答", 900],
        ["en-US", "Answer", 390],
      ] as const) {
        const context = await browser.newContext({ locale, viewport: { width, height: 700 } });
        const page = await context.newPage();
        const errors: string[] = [];
        page.on("pageerror", (error) => errors.push(String(error)));
        page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
        await page.goto(server.url);
        await page.waitForSelector("#index option", { state: "attached" });
        await page.fill("#question", "怎么申请退款");
        await page.keyboard.press("Enter");
        await page.waitForSelector("li");
        assert.equal(await page.textContent("#decision"), says);
        assert.match((await page.textContent("li"))!, /如何申请退款/);
        const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
        assert.equal(await page.evaluate(overflow), 0, "nothing is cut at the side");
        assert.deepEqual(errors, []);
        await context.close();
      }
    } finally {
      await browser.close();
    }
  });

  it("takes votes, and lets callers curate only with --curate", async () => {
    await setLog(database, "faq");
    const asked = async (question: string) =>
      ((await (await post("/v1/match", { index: "faq", question })).json()) as { questionId: string }).questionId;
    const questionId = await asked("怎么申请退款");
    const vote = { index: "faq", questionId, helped: false, chosen: 2, voter: "u1" };
    assert.deepEqual(await (await post("/v1/feedback", vote)).json(), { ok: true });
    assert.deepEqual(await database.query("select helped, chosen from ltd.vote"), [{ helped: false, chosen: ["2"] }]);
    for (const [body, headers, says] of [
      [{ ...vote, questionId: "00000000-0000-4000-8000-000000000000" }, {}, /no question 0000/],
      [{ ...vote, voter: "" }, {}, /voter/],
      [vote, { "content-type": "text/plain" }, /content type is text\/plain/],
    ] as const) {
      const response = await post("/v1/feedback", body, headers);
      assert.equal(response.status, 400);
      assert.match(((await response.json()) as Failure).error.message, says);
    }
    for (const [path, body] of [
      ["/v1/gaps", { index: "faq" }],
      ["/v1/accept", { index: "faq", key: 1, questions: ["能退吗"] }],
      ["/v1/undo", { index: "faq" }],
    ] as const) {
      const response = await post(path, body);
      assert.equal(response.status, 400, path);
      assert.match(((await response.json()) as Failure).error.hint!, /serve --curate/);
    }
    const own = await open({ curate: true });
    const send = async (path: string, body: object) =>
      (await (
        await fetch(own.url + path, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ index: "faq", ...body }),
        })
      ).json()) as { gaps: { question: string }[]; id: string; taken: number; decision: string };
    assert.equal((await send("/v1/gaps", {})).gaps[0]!.question, "怎么申请退款");
    const { id } = await send("/v1/accept", { key: 2, questions: ["搬家了怎么办"], by: "anna" });
    assert.equal((await send("/v1/match", { question: "搬家了怎么办" })).decision, "answer");
    assert.equal((await send("/v1/undo", { id })).taken, 1);
    await send("/v1/set-aside", { action: "dismiss", questions: ["怎么申请退款"] });
    assert.equal((await send("/v1/gaps", {})).gaps.length, 0);
    await send("/v1/undo", {});
    await clearLog(database, "faq");
  });

  it(
    "has a page for curators: from a gap to an accepted wording in three clicks, or by keyboard",
    { skip: whyNoBrowser(), timeout: 120_000 },
    async () => {
      await setLog(database, "faq");
      const own = await open({ curate: true });
      const ask = (question: string) =>
        fetch(`${own.url}/v1/match`, { method: "POST", body: JSON.stringify({ index: "faq", question }) });
      for (const question of ["登录不上去了", "登录不上去了", "支持刷脸支付吗", "今天天气怎么样"]) await ask(question);
      const browser = await openBrowser();
      try {
        for (const [locale, tab, accepted, undone] of [
          ["zh-CN", "没有答案的问题", "已采纳为", "已撤销"],
          ["en-US", "Without an answer", "Accepted for", "Undone"],
        ] as const) {
          const context = await browser.newContext({ locale, viewport: { width: 900, height: 900 } });
          const page = await context.newPage();
          const errors: string[] = [];
          page.on("pageerror", (error) => errors.push(String(error)));
          page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
          await page.goto(own.url);
          await page.waitForSelector("#tabs:not([hidden])");
          assert.equal(await page.textContent("#tab-gaps"), tab);
          if (locale === "zh-CN") {
            await page.click("#tab-gaps"); // first click
            await page.waitForSelector(".gap .near button");
            if (process.env["LTD_SCREENSHOT"]) await page.screenshot({ path: process.env["LTD_SCREENSHOT"] });
            await page.click(".gap .near button"); // second click: accepted
          } else {
            await page.focus("#tab-ask");
            await page.keyboard.press("ArrowRight");
            await page.waitForSelector(".gap .near button");
            await page.keyboard.press("Tab");
            await page.keyboard.press("Enter");
          }
          await page.waitForSelector("[data-line]");
          assert.match((await page.textContent("#gaps-status"))!, new RegExp(accepted));
          assert.equal(
            await page.evaluate("document.activeElement.dataset.line !== undefined"),
            true,
            "the way back has the focus",
          );
          const wordings = await database.query("select question from ltd.alias where index_name = 'faq'");
          assert.ok(wordings.length > 0);
          await page.keyboard.press("Enter"); // undo
          await page.waitForSelector("[data-line]", { state: "detached" });
          assert.match((await page.textContent("#gaps-status"))!, new RegExp(undone));
          assert.deepEqual(await database.query("select question from ltd.alias where index_name = 'faq'"), []);
          const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
          assert.equal(await page.evaluate(overflow), 0);
          assert.deepEqual(errors, []);
          await context.close();
        }
      } finally {
        await browser.close();
        await clearLog(database, "faq");
      }
    },
  );
});
