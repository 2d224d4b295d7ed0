import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { appendFile, cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { IndexStatus } from "../../src/app/status.ts";
import type { SyncResult } from "../../src/app/keep/sync.ts";
import { checksumOf, loadModel, modelFolder, type ModelDescription } from "../../src/embed/model-package.ts";
import { runCli, type CliResult } from "../support/cli.ts";
import { describeDatabases } from "../support/databases.ts";

/** A mistake of the user: what happened and what to do, no stack, no password. */
function assertTold({ code, stdout, stderr }: CliResult, what: RegExp, hint: RegExp, expectedCode = 1): void {
  assert.equal(code, expectedCode, stderr);
  assert.equal(stdout, "");
  assert.match(stderr, what);
  assert.match(stderr, hint);
  assert.doesNotMatch(stderr, /^ {4}at |secret/m);
}

describeDatabases("bad input", (databases) => {
  let target: string;
  const ltd = (...args: string[]) => runCli(args, { target });
  const ok = async (...args: string[]) => {
    const result = await ltd(...args);
    assert.equal(result.code, 0, result.stderr);
    return result.stdout;
  };

  before(async () => {
    target = await databases.createTarget();
  });

  it("every verb before init says so", async () => {
    for (const args of [["add", "faq"], ["sync"], ["match", "faq", "退款"], ["status"]]) {
      assertTold(await ltd(...args), /^error: .*ltd/, /^hint: .*ltd-index init/m);
    }
    await ok("init");
  });

  it("a table that is not there, or is no table", async () => {
    await ok("query", "create table faq_question (id int primary key, question text)");
    await ok("query", "create view faq_view as select * from faq_question");
    assertTold(await ltd("add", "faq_questions"), /faq_questions/, /faq_question\b/);
    assertTold(await ltd("add", "nirgends.faq"), /nirgends/, /hint: /);
    assertTold(await ltd("add", "faq_view"), /view/, /hint: /);
  });

  it("columns and keys that cannot be used", async () => {
    await ok("query", "create table numbers (id int primary key, n int)");
    await ok("query", "create table keyless (question text)");
    await ok("query", "create table worded (words tsvector primary key, question text)");
    assertTold(await ltd("add", "numbers"), /no text column/, /hint: .*--text/);
    assertTold(await ltd("add", "keyless"), /no primary key/, /hint: .*primary key/);
    assertTold(await ltd("add", "worded"), /tsvector/, /hint: .*numbers, text, uuid/);
    assertTold(await ltd("add", "faq_question", "--text", "{frage}"), /frage/, /question/);
  });

  it("names and templates that cannot be right", async () => {
    assertTold(
      await ltd("add", "faq_question", "--name", 'x"; drop table faq_question; --'),
      /cannot be called/,
      /hint: .*lower case/,
    );
    assertTold(await ltd("add", "faq_question", "--text", "question"), /names no column/, /hint: .*\{question\}/, 2);
    assertTold(await ltd("add", "faq_question", "--text", "{question"), /single brace/, /hint: /, 2);
  });

  it("an index that exists, and one that does not", async () => {
    await ok("add", "faq_question", "--name", "faq");
    assertTold(await ltd("add", "faq_question", "--name", "faq"), /faq/, /hint: /);
    assertTold(await ltd("sync", "fax"), /fax/, /faq/);
    assertTold(await ltd("match", "fax", "退款"), /fax/, /faq/);
    assertTold(await ltd("status", "fax"), /fax/, /faq/);
  });

  it("a column that is dropped later is reported by sync, which loses nothing and continues when it is back", async () => {
    await ok("query", "insert into faq_question values (1, '怎么退款'), (2, '怎么开发票')");
    await ok("query", "alter table faq_question rename column question to frage");
    assertTold(await ltd("sync", "faq"), /question/, /hint: /);
    await ok("query", "alter table faq_question rename column frage to question");
    // The claims of the sync that failed are given back at once.
    const done = JSON.parse(await ok("sync", "faq", "--json")) as SyncResult;
    assert.equal(done.embedded, 2);
  });

  it("a key column that gets another type is reported by sync, writers never fail, and nothing is lost", async () => {
    await ok("query", "create table retyped (id int primary key, question text)");
    await ok("query", "insert into retyped values (1, '怎么退款')");
    await ok("add", "retyped");
    await ok("query", "alter table retyped alter column id type bigint");
    await ok("query", "insert into retyped values (2, '怎么开发票')");
    await ok("query", "update retyped set question = '如何退款' where id = 1");
    assertTold(
      await ltd("sync", "retyped"),
      /key column id of public\.retyped was integer .* is bigint now/,
      /hint: .*ltd-index remove retyped --keep, then ltd-index add/,
    );
    await ok("query", "delete from retyped where id > 1");
    await ok("query", "alter table retyped alter column id type integer");
    const done = JSON.parse(await ok("sync", "retyped", "--json")) as SyncResult;
    assert.deepEqual([done.embedded, done.deleted], [1, 1]);
  });

  it("a mapped column may get another type: what it says as text is embedded", async () => {
    await ok("query", "alter table retyped alter column question type varchar(40)");
    await ok("query", "update retyped set question = '怎么改地址'");
    await ok("query", "alter table retyped alter column question type jsonb using to_jsonb(question)");
    await ok("query", `update retyped set question = '"忘记密码了"'`);
    const done = JSON.parse(await ok("sync", "retyped", "--json")) as SyncResult;
    assert.equal(done.embedded, 1);
  });

  it("a condition and a column of time that cannot be used", async () => {
    assertTold(
      await ltd("add", "retyped", "--name", "some", "--text", "{question}", "--where", "id < now()"),
      /condition id < now\(\) cannot choose/,
      /hint: /,
    );
    assertTold(
      await ltd("add", "retyped", "--name", "some", "--text", "{question}", "--updated-at", "id"),
      /column id .* has the type integer/,
      /hint: .*timestamptz/,
    );
    assertTold(
      await ltd("add", "retyped", "--name", "some", "--text", "{question}", "--updated-at", "changed"),
      /no column "changed"/,
      /hint: .*its columns are/,
    );
  });

  it("a dropped table is reported by status and sync", async () => {
    await ok("query", "create table gone (id int primary key, question text)");
    await ok("query", "insert into gone values (1, '怎么退款')");
    await ok("add", "gone");
    await ok("query", "drop table gone");
    assertTold(await ltd("sync", "gone"), /gone/, /hint: /);
    const [state] = JSON.parse(await ok("status", "gone", "--json")) as IndexStatus[];
    assert.equal(state!.sourceExists, false);
  });

  it("a table that was dropped and recreated is not taken for the old one", async () => {
    const make = async (text: string) => {
      await ok("query", "create table loaded (id int primary key, question text)");
      await ok("query", `insert into loaded values (1, '${text}')`);
    };
    await make("怎么退款");
    await ok("add", "loaded");
    await ok("sync", "loaded");
    await ok("query", "drop table loaded");
    await make("忘记密码了");
    assertTold(
      await ltd("match", "loaded", "怎么退款"),
      /loaded .*was dropped/,
      /hint: .*ltd-index add public\.loaded --name/,
    );
    assertTold(await ltd("sync", "loaded"), /loaded .*was dropped/, /hint: .*ltd-index add public\.loaded --name/);
  });

  it("a damaged model is refused before anything is touched", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ltd-broken-"));
    await cp(modelFolder(), folder, { recursive: true });
    await appendFile(join(folder, "student.onnx"), "x");
    assertTold(await ltd("sync", "faq", "--model", folder), /student\.onnx is damaged/, /hint: get the package again/);
    assertTold(await ltd("match", "faq", "退款", "--model", folder), /student\.onnx is damaged/, /hint: /);
    await rm(folder, { recursive: true });
    assert.match(await ok("match", "faq", "我要退款"), /怎么退款/);
  });

  it("a changed model of the same id is refused: its vectors cannot be compared with those there are", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ltd-changed-"));
    await cp(modelFolder(), folder, { recursive: true });
    const { checksum: _, ...description } = (await loadModel()).description;
    const change = (changes: Partial<ModelDescription>) => {
      const changed = { ...description, ...changes };
      return writeFile(join(folder, "model.json"), JSON.stringify({ ...changed, checksum: checksumOf(changed) }));
    };
    await change({ text: { ...description.text, smoothing: 2 } });
    for (const args of [["init"], ["sync", "faq"], ["match", "faq", "退款"]]) {
      assertTold(await ltd(...args, "--model", folder), /has another model with the id ltd-zh-2/, /hint: .*new id/);
    }
    await change({ description: "what it says of itself does not change a vector" });
    await ok("match", "faq", "退款", "--model", folder);
    await rm(folder, { recursive: true });
  });

  it("flags that cannot be right", async () => {
    assertTold(await ltd("match", "faq", "退款", "--limit", "0"), /limit is 0/, /1 to 1000/, 2);
    assertTold(await ltd("match", "faq", "退款", "--limit", "many"), /limit is many/, /1 to 1000/, 2);
    assertTold(await ltd("sync", "--threads", "0"), /--threads is "0", but must be .* 1 to 256/, /hint: /, 2);
    assertTold(await ltd("status", "--database-url", "mysql://x:secret@y/z"), /--database-url/, /postgres:\/\//, 2);
    assert.equal((await ltd("frobnicate")).code, 2);
    assert.equal((await ltd("sync", "--frobnicate")).code, 2);
  });
});

describe("bad input without a database", () => {
  it("a verb in a folder without a database makes none", async () => {
    const folder = join(await mkdtemp(join(tmpdir(), "ltd-none-")), "db");
    assertTold(await runCli(["status"], { target: folder }), /no embedded database in .*db/, /ltd-index init/);
    assert.ok(!existsSync(folder));
    await rm(join(folder, ".."), { recursive: true });
  });

  it("a server that is down, or is no Postgres", async () => {
    const server = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n", () => socket.destroy()));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const ask = (url: string) => runCli(["status"], { target: url });
    assertTold(await ask(`postgres://me:secret@127.0.0.1:${port}/x`), /127\.0\.0\.1/, /hint: /);
    await new Promise((resolve) => server.close(resolve));
    assertTold(await ask(`postgres://me:secret@127.0.0.1:${port}/x`), /127\.0\.0\.1/, /hint: /);
    assertTold(await ask("postgres://me:secret@nowhere.invalid/x"), /nowhere\.invalid/, /hint: /);
  });

  it("embed: a file that is not there, a folder that is not there, nothing to read", async () => {
    assertTold(await runCli(["embed", "nowhere.txt"]), /nowhere\.txt/, /hint: /);
    assertTold(await runCli(["embed", tmpdir()]), /it is a folder/, /hint: name a text file/);
    assertTold(await runCli(["embed", "--npy", "/nowhere/x.npy"], { stdin: "退款" }), /nowhere/, /hint: /);
    const nothing = await runCli(["embed"], { stdin: "" });
    assert.deepEqual([nothing.code, nothing.stdout], [0, ""]);
  });

  it("settings in the environment and in the file are checked, all at once", async () => {
    const environment = { LTD_THREADS: "many", DATABASE_URL: "http://x" };
    const { code, stderr } = await runCli(["status"], { environment });
    assert.equal(code, 2);
    assert.match(stderr, /DATABASE_URL: .*LTD_THREADS is "many"|LTD_THREADS is "many".*DATABASE_URL/s);
  });
});

describe("a stopped run", () => {
  const stop = new AbortController();
  after(() => stop.abort());
  it("ends with 130", async () => {
    stop.abort();
    const { code } = await runCli(["embed"], { stdin: "退款\n".repeat(10_000), signal: stop.signal });
    assert.equal(code, 130);
  });
});
