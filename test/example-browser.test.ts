import assert from "node:assert/strict";
import { createWriteStream } from "node:fs";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { after, before, describe, it } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { dumpSql } from "../src/app/functions/dump.ts";
import { openBrowser, whyNoBrowser } from "./support/browser.ts";

const root = join(import.meta.dirname, "..");
const MODEL = "ltd-zh-2-tiny";
const TYPES: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };
const READY = /条问答已就绪|出错了/;

/** The example as a user serves it: its folder with PGlite from the registry and the file of `sql dump`. */
describe("the example in a browser tab", { skip: whyNoBrowser() }, () => {
  let folder: string;
  let server: Server;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const served: { path: string; bytes: number }[] = [];
  const complaints: string[] = [];

  before(
    async () => {
      folder = await mkdtemp(join(tmpdir(), "ltd-browser-"));
      await cp(join(root, "examples/browser"), folder, { recursive: true });
      await cp(join(root, "node_modules/@electric-sql"), join(folder, "node_modules/@electric-sql"), {
        recursive: true,
      });
      await pipeline(Readable.from(dumpSql({ models: [MODEL] })), createWriteStream(join(folder, "ltd.sql")));
      server = createServer((request, response) => {
        const { pathname } = new URL(request.url!, "http://localhost");
        const path = pathname === "/" ? "/index.html" : pathname;
        readFile(join(folder, path)).then(
          (content) => {
            served.push({ path, bytes: content.length });
            response.setHeader("content-type", TYPES[extname(path)] ?? "application/octet-stream").end(content);
          },
          () => response.writeHead(404).end(),
        );
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      browser = await openBrowser();
      context = await browser.newContext({ viewport: { width: 390, height: 800 } });
      page = await context.newPage();
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
      await visit();
    },
    { timeout: 300_000 },
  );
  after(async () => {
    await browser?.close();
    server?.close();
    await rm(folder, { recursive: true, force: true });
    assert.deepEqual(complaints, []);
  });

  async function visit(): Promise<void> {
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await settled();
  }
  async function settled(): Promise<string> {
    await page.locator("#controls:enabled").waitFor({ timeout: 240_000 });
    const state = await page.locator("#state").innerText();
    assert.match(state, READY);
    return state;
  }
  async function ask(question: string): Promise<string> {
    await page.fill("#question", question);
    await page.keyboard.press("Enter");
    await page.locator("#controls:enabled").waitFor();
    return page.locator("#decision").innerText();
  }
  const answers = () => page.locator("#answers").innerText();
  const choose = (name: string, content: string | Buffer) =>
    page.setInputFiles("#file", { name, mimeType: "text/csv", buffer: Buffer.from(content) });

  it("answers the sample without the network, after at most 40 MB", { timeout: 120_000 }, async () => {
    assert.equal(await settled(), "12 条问答已就绪，断网也能用");
    const bytes = served.reduce((sum, each) => sum + each.bytes, 0);
    assert.ok(bytes <= 40e6, `${bytes} bytes`);
    await context.setOffline(true);
    const before = served.length;
    assert.equal(await ask("忘记了密码怎么办"), "答案");
    assert.match(await answers(), /^忘记密码怎么办？ 在登录页点击“找回密码”。/);
    assert.equal(await ask("电脑蓝屏了怎么修"), "没有找到，转人工");
    assert.equal(await answers(), "");
    assert.equal(await ask("……"), "没有找到，转人工");
    assert.equal(served.length, before);
    await context.setOffline(false);
  });

  it(
    "takes another CSV in UTF-8 or GB18030, and keeps the table where one is wrong",
    { timeout: 120_000 },
    async () => {
      await choose(
        "问答.csv",
        '\ufeffquestion,answer\r\n"花呗怎么还款？","打开“花呗”,\r\n点 ""还款"""\r\n<b>能退差价吗</b>,\r\n',
      );
      assert.match(await settled(), /^2 条/);
      assert.equal(await ask("花呗怎么还款"), "答案");
      assert.match(await answers(), /^花呗怎么还款？ 打开“花呗”,\s+点 "还款"/);
      for (const [content, complaint] of [
        ["问题,答案\n花呗,还款\n", /出错了：column name mismatch/],
        ["question,answer\n一,二,三\n", /出错了：extra data after last expected column/],
        ["", /出错了：wrong number of fields/],
      ] as const) {
        await choose("坏.csv", content);
        assert.match(await settled(), complaint);
      }
      assert.equal(await ask("花呗怎么还款"), "答案");
      // PGlite's worker writes a failed statement to the console
      assert.equal(complaints.splice(0).filter((each) => !each.startsWith("error: ")).length, 0);
      // 怎么退货, 点退货
      const gb = Buffer.from("d4f5c3b4cdcbbbf52cb5e3cdcbbbf50a", "hex");
      await choose("gbk.csv", Buffer.concat([Buffer.from("question,answer\n"), gb]));
      assert.match(await settled(), /^1 条/);
      assert.equal(await ask("怎么退货"), "答案");
      assert.match(await answers(), /^怎么退货 点退货/);
    },
  );

  it("is ready at the next visit, with its rows, and without loading the functions", { timeout: 120_000 }, async () => {
    served.length = 0;
    await visit();
    assert.match(await settled(), /^1 条/);
    assert.equal(await ask("怎么退货"), "答案");
    assert.equal(
      served.some(({ path }) => path === "/ltd.sql"),
      false,
    );
  });

  it("says which file is missing", { timeout: 120_000 }, async () => {
    const other = await browser.newContext();
    const fresh = await other.newPage();
    await rm(join(folder, "ltd.sql"));
    await fresh.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await fresh.locator("#state", { hasText: "出错了：ltd.sql：HTTP 404" }).waitFor({ timeout: 100_000 });
    assert.equal(await fresh.locator("#question").isDisabled(), true);
    await other.close();
  });
});
