import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, it } from "node:test";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { add, loadModel, openDatabase, openIndex } from "../../src/index.ts";
import { MCP_VERSIONS, McpServer } from "../../src/serve/mcp-protocol.ts";
import { McpTools } from "../../src/serve/mcp-tools.ts";
import { runCli } from "../support/cli.ts";
import { describeEmbedded } from "../support/databases.ts";

const main = join(import.meta.dirname, "../../dist/cli/main.js");
const TOKEN = "0123456789abcdef";
/** An assistant keeps its servers running: what one takes before it is asked. MiB. */
const MOST_IDLE = 60;

interface Result {
  isError?: boolean;
  content: { type: string; text: string }[];
  structuredContent?: Record<string, unknown>;
}

describeEmbedded("ltd-index mcp, asked by the official client", (databases) => {
  let folder: string;
  let environment: Record<string, string>;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ltd-mcp-"));
    const target = await databases.createTarget("initialised");
    environment = { PATH: process.env["PATH"] ?? "", LTD_DATABASE_FOLDER: target };
    const database = await openDatabase({ folder: target });
    await database.script(`create table faq (id int primary key, question text);
      insert into faq values (1, '如何申请退款？'), (2, '忘记密码怎么办？')`);
    await add(database, await loadModel(), { table: "faq" });
    const index = await openIndex({ index: "faq", database, threads: 1 });
    await index.sync();
    await index.close();
    await database.close();
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const client = () => new Client({ name: "test", version: "1" });
  const call = async (of: Client, name: string, given: Record<string, unknown>) =>
    (await of.callTool({ name, arguments: given })) as Result;

  async function asks(of: Client): Promise<void> {
    const { tools } = await of.listTools();
    assert.deepEqual(
      tools.map(({ name, annotations }) => [name, annotations?.readOnlyHint]),
      ["match", "search", "similar", "status"].map((name) => [name, true]),
    );
    const match = await call(of, "match", { question: "怎么退款" });
    assert.deepEqual(JSON.parse(match.content[0]!.text), match.structuredContent);
    assert.deepEqual((match.structuredContent as { answers: { key: string[] }[] }).answers[0]!.key, ["1"]);
    const filtered = await call(of, "match", { question: "怎么退款", index: "faq", filter: { id: 2 } });
    assert.deepEqual((filtered.structuredContent as { answers: { key: string[] }[] }).answers[0]!.key, ["2"]);
    const similar = await call(of, "similar", { key: 1 });
    assert.equal((similar.structuredContent as { rows: { text: string }[] }).rows[0]!.text, "忘记密码怎么办？");
    const found = await call(of, "search", { question: "密码", limit: 1 });
    assert.equal((found.structuredContent as { hits: object[] }).hits.length, 1);
    const { structuredContent } = await call(of, "status", {});
    assert.equal((structuredContent as { indexes: { index: string; entries: number }[] }).indexes[0]!.entries, 2);

    const wrong = await call(of, "match", { question: "怎么退款", index: "nonsense" });
    assert.deepEqual(
      [wrong.isError, /there is no index "nonsense" \(index is one of: faq\)/.test(wrong.content[0]!.text)],
      [true, true],
    );
    const odd = await call(of, "match", { question: "怎么退款", sql: "drop table faq" });
    assert.deepEqual([odd.isError, /sql/.test(odd.content[0]!.text)], [true, true]);
    await assert.rejects(of.callTool({ name: "drop", arguments: {} }), /there is no tool "drop"/);
  }

  it("over standard input and output, small until it is asked", { timeout: 120_000 }, async () => {
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [main, "mcp", "--threads", "1"],
      env: environment,
    });
    const of = client();
    await of.connect(transport);
    assert.equal(of.getServerVersion()?.name, "ltd-index");
    await of.listTools();
    const idle = await megabytesOf(transport.pid!);
    assert.ok(idle <= MOST_IDLE, `${idle.toFixed(1)} MiB`);
    await asks(of);
    assert.ok((await megabytesOf(transport.pid!)) > idle);
    await of.close();
  });

  it("over HTTP, with a token, to SIGTERM", { timeout: 120_000 }, async () => {
    await writeFile(join(folder, "token"), `${TOKEN}\n`);
    const flags = ["--port", "0", "--token-file", join(folder, "token"), "--json", "--threads", "1"];
    const child = spawn(process.execPath, [main, "mcp", ...flags], {
      env: environment,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exit = once(child, "exit") as Promise<[number | null]>;
    const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    const { url } = JSON.parse(line) as { url: string };
    const requestInit = { headers: { authorization: `Bearer ${TOKEN}` } };
    const of = client();
    await of.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
    await asks(of);
    await of.close();

    const post = async (headers: Record<string, string>, body: string) => {
      const all = { "content-type": "application/json", ...headers };
      return (await fetch(url, { method: "POST", headers: all, body })).status;
    };
    const ping = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
    const { headers } = requestInit;
    assert.equal(await post({}, ping), 401);
    assert.equal(await post(headers, ping), 200);
    assert.equal(await post(headers, '{"jsonrpc":"2.0","method":"notifications/initialized"}'), 202);
    assert.equal(await post({ ...headers, origin: "https://evil.example" }, ping), 403);
    assert.equal(await post({ ...headers, "mcp-protocol-version": "1999-01-01" }, ping), 400);
    assert.equal((await fetch(url, { headers })).status, 405);
    child.kill("SIGTERM");
    assert.deepEqual((await exit)[0], 0);
  });

  it("ends with standard input, and says what it cannot read", async () => {
    const lines = [
      "{",
      "[]",
      '{"id":1,"method":"ping"}',
      '{"jsonrpc":"2.0","id":2,"method":"resources/list"}',
      '{"jsonrpc":"2.0","method":"ping"}',
      '{"jsonrpc":"2.0","id":3,"result":{}}',
      '{"jsonrpc":"2.0","id":"a","method":"initialize","params":{"protocolVersion":"1999-01-01"}}',
      '[{"jsonrpc":"2.0","id":4,"method":"ping"},{"jsonrpc":"2.0","method":"ping"}]',
    ];
    const { code, stdout } = await runCli(["mcp"], { stdin: lines.join("\n"), target: join(folder, "none") });
    assert.equal(code, 0);
    const answers = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, never>);
    const codes = answers.map((answer) => (answer["error"] as unknown as { code: number } | undefined)?.code);
    assert.deepEqual(codes, [-32_700, -32_600, -32_600, -32_601, undefined, undefined]);
    assert.equal((answers[4]!["result"] as unknown as { protocolVersion: string }).protocolVersion, MCP_VERSIONS[0]);
    assert.deepEqual(answers[5], [{ jsonrpc: "2.0", id: 4, result: {} }]);
  });

  it("opens no database before it is asked, and tries again after one that was not there", async () => {
    let opened = 0;
    const open = (): Promise<never> => {
      opened++;
      return Promise.reject(new Error("away"));
    };
    const server = new McpServer(new McpTools({ open }));
    const ask = (method: string, params = {}) =>
      server
        .answer(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }))
        .then((text) => JSON.parse(text!) as object);
    await ask("initialize");
    await ask("tools/list");
    assert.equal(opened, 0);
    for (const times of [1, 2]) {
      const { error } = (await ask("tools/call", { name: "status" })) as { error: { code: number } };
      assert.deepEqual([opened, error.code], [times, -32_603]);
    }
  });
});

/** MiB of a process in memory. */
async function megabytesOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)![1]) / 1024;
}
