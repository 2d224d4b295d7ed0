import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, it } from "node:test";
import { runCli } from "../support/cli.ts";
import { until } from "../support/until.ts";
import "../support/english.ts";

const main = join(import.meta.dirname, "../../src/cli/main.ts");

describe("serve as a verb", () => {
  let folder: string;
  const ok = async (...args: string[]) => {
    const { code, stderr } = await runCli(args, { target: join(folder, "db") });
    assert.equal(code, 0, stderr);
  };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ltd-serve-"));
    await ok("init");
    await ok("query", "create table faq (id int primary key, question text)");
    await ok("query", "insert into faq values (1, '怎么退款')");
    await ok("add", "faq");
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it(
    "answers, follows table and curators with --watch, and ends with 0 at SIGTERM",
    { timeout: 120_000 },
    async (test) => {
      await writeFile(join(folder, "token"), "0123456789abcdef\n");
      const flags = [
        "--port",
        "0",
        "--token-file",
        join(folder, "token"),
        "--watch",
        "--curate",
        "--max-requests",
        "8",
      ];
      const child = spawn(
        process.execPath,
        [main, "serve", "faq", "--json", "--threads", "1", "--max-body", "4096", ...flags],
        {
          env: { ...process.env, LTD_DATABASE_FOLDER: join(folder, "db") },
          stdio: ["ignore", "pipe", "inherit"],
          timeout: 110_000,
          killSignal: "SIGKILL",
        },
      );
      const exit = once(child, "exit") as Promise<[number | null]>;
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      const { url } = JSON.parse((await lines.next()).value as string) as { url: string };
      const post = async (path: string, given: object) => {
        const headers = { authorization: "Bearer 0123456789abcdef", "content-type": "application/json" };
        const response = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(given) });
        assert.equal(response.status, 200);
        return (await response.json()) as { answers: { similarity: number }[] };
      };
      const ask = async () => (await post("/v1/match", { question: "退款怎么弄呢" })).answers;
      // the row waits when it starts: --watch embeds it
      await until("the row is embedded", async () => (await ask()).length === 1);
      const [before] = await ask();
      // another question than the accepted one: the row's vector has moved
      await post("/v1/accept", { index: "faq", key: 1, questions: ["退款怎么弄"] });
      const accepted = performance.now();
      await until("the answer is nearer", async () => (await ask())[0]!.similarity > before!.similarity + 0.01);
      test.diagnostic(`the answer changed ${Math.round(performance.now() - accepted)} ms after accept`);
      assert.equal((await fetch(`${url}/v1/indexes`)).status, 401);
      child.kill("SIGTERM");
      assert.deepEqual(await exit, [0, null]);
    },
  );

  it("says what is wrong with its settings", async () => {
    for (const [args, says] of [
      [["--host", "0.0.0.0"], /can be reached by others, and there is no token/],
      [["--port", "x"], /--port is x, but must be a whole number from 0 to 65535/],
      [["--token-file", join(folder, "nothing")], /--token-file .*nothing cannot be read/],
      [["nothing"], /nothing/],
    ] as const) {
      const { code, stderr } = await runCli(["serve", ...args], { target: join(folder, "db") });
      assert.ok(code === 1 || code === 2, `${code}`);
      assert.match(stderr, says);
    }
  });
});
