import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { openIndex, type Index } from "../../../src/app/open/open-index.ts";
import { setLog } from "../../../src/app/operate/log.ts";
import { addAlias, listAliases, removeAlias } from "../../../src/app/shards/alias.ts";
import { accept, acceptVoted, journal, loopLabels, reject, setAside, undo } from "../../../src/app/shards/curate.ts";
import type { Database } from "../../../src/db/database.ts";
import type { Embedder } from "../../../src/embed/embedder.ts";
import { runCli } from "../../support/cli.ts";
import { describeServer } from "../../support/databases.ts";
import { oneAndShards, splitRows, syncShard, type SplitRow } from "../../support/shards.ts";

const asked = ["钱还给我", "换个地方收货", "怎么申请发票", "怎么退款", "今天天气怎么样", "密码怎么找回来"];

/** Without ids, which have the name of a shard, and times; and without rounding. */
function comparable(value: unknown): unknown {
  const times = new Set(["id", "doneAt", "undoneAt"]);
  return JSON.parse(
    JSON.stringify(value, (name, each: unknown) =>
      times.has(name) ? undefined : typeof each === "number" ? Number(each.toFixed(5)) : each,
    ),
  );
}

describeServer("curators of three shards", (databases) => {
  let embedder: Embedder;
  let whole: Database;
  let front: Database;
  let folder: string;
  let opened: Index<SplitRow>[] = [];
  let shards: Database[] = [];
  let takeBack = async (): Promise<void> => {};

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ltd-curate-"));
    ({ embedder, whole, front, shards, takeBack } = await oneAndShards(databases, splitRows, "part"));
    opened = await Promise.all(
      [whole, front].map((database) => openIndex<SplitRow>({ index: "faq", database, threads: 1 })),
    );
  });
  after(async () => {
    await Promise.all(opened.map((index) => index.close()));
    await rm(folder, { recursive: true });
    await takeBack();
  });

  /** Runs work on the index and on the front, compares what it gives, and then all that both hold and answer. */
  const both = async <T>(work: (database: Database) => Promise<T>): Promise<T> => {
    const [ofOne, ofShards] = [await work(whole), await work(front)];
    assert.deepEqual(comparable(ofShards), comparable(ofOne));
    await syncShard(whole, embedder);
    for (const shard of shards) await syncShard(shard, embedder, "part");
    assert.deepEqual(await listAliases(front, "faq"), await listAliases(whole, "faq"));
    assert.deepEqual(comparable(await journal(front, "faq")), comparable(await journal(whole, "faq")));
    const [one, three] = await Promise.all(opened.map((index) => index.matchAll(asked)));
    const unlogged = (results: typeof one) => results!.map(({ questionId: _id, ...result }) => result);
    assert.deepEqual(comparable(unlogged(three)), comparable(unlogged(one)));
    return ofShards;
  };

  it("add, list and remove aliases where the rows are", async () => {
    const { changed } = await both((database) =>
      addAlias(database, "faq", [
        { key: 12, question: "钱还给我" },
        { key: 4, question: "换个地方收货" },
        { key: 13, question: "怎么申请发票", isNegative: true },
      ]),
    );
    assert.equal(changed, 3);
    assert.equal((await opened[1]!.match("钱还给我")).answers[0]!.found, "alias");
    assert.deepEqual(await listAliases(front, "faq", 4), await listAliases(whole, "faq", 4));
    const listed = await runCli(["alias", "list", "faq"], { database: front });
    assert.equal(listed.stdout, "12\t钱还给我\n13\t怎么申请发票\tnot\n4\t换个地方收货\n", listed.stderr);
    const added = await runCli(["alias", "add", "faq", "20", "要一张发票"], { database: front });
    assert.match(added.stdout, /^1 aliases of faq; next: ltd-index sync faq/, added.stderr);
    await addAlias(whole, "faq", [{ key: 20, question: "要一张发票" }]);
    await both((database) => removeAlias(database, "faq", ["要一张发票", "换个地方收货"]));
    await both((database) => removeAlias(database, "faq", ["怎么申请发票"], { isNegative: true }));
  });

  it("refuse what clashes with a row of another shard, and write all or nothing", async () => {
    for (const database of [whole, front]) {
      await assert.rejects(addAlias(database, "faq", [{ key: 13, question: "钱还给我。" }]), {
        code: "input",
        message: /"钱还给我。" is an alias of the row 12 already/,
        hint: /alias remove faq/,
      });
      const twice = [11, 10].map((key) => ({ key, question: "一个问题" }));
      await assert.rejects(addAlias(database, "faq", twice), { code: "input", message: /an alias of the row 11/ });
      const lost = [
        { key: 12, question: "还有一个" },
        { key: 999, question: "没有这行" },
      ];
      await assert.rejects(addAlias(database, "faq", lost), { code: "input", message: /has no indexed row 999/ });
      await assert.rejects(addAlias(database, "faq", [{ key: "x", question: "问题" }]), { code: "input" });
      await assert.rejects(removeAlias(database, "faq", ["钱还给我", "不是别名"]), {
        code: "input",
        message: /1 of 2 questions are no aliases in faq/,
      });
      await assert.rejects(accept(database, "faq", 13, ["钱还给我"]), { code: "input", message: /of the row 12/ });
      await assert.rejects(accept(database, "faq", 13, []), { code: "usage" });
      await assert.rejects(accept(database, "faq", 12, ["钱还给我"]), { code: "input", message: /already/ });
      await assert.rejects(undo(database, "faq", { id: "999/x" }), { code: "usage" });
    }
    await both((database) => listAliases(database, "faq"));
    const file = "12\t钱给我\n4\t怎么退款\n13\t钱还给我\n";
    const dry = async (database: Database) => {
      const { code, stdout } = await runCli(["alias", "import", "faq", "--dry-run"], { database, stdin: file });
      assert.equal(code, 3);
      return stdout;
    };
    assert.match(await both(dry), /line 2: 怎么退款 of 4 is nearer to/);
    // two at once: one of them comes second
    const racing = await Promise.allSettled(
      [1, 2, 3].map((key) => addAlias(front, "faq", [{ key, question: "谁先" }])),
    );
    assert.equal(racing.filter(({ status }) => status === "fulfilled").length, 1);
    await removeAlias(front, "faq", ["谁先"]);
  });

  it("accept, reject, set aside and undo, with a journal of all shards", async () => {
    const accepted = await both((database) => accept(database, "faq", 9, ["密码怎么找回来"], { by: "anna" }));
    assert.match(accepted.id, /^[abc]\/\d+$/);
    await both((database) => reject(database, "faq", 13, ["怎么申请发票"], { by: "ben" }));
    await both((database) => setAside(database, "faq", "dismiss", ["今天天气怎么样"], { by: "ben" }));
    await both((database) => setAside(database, "faq", "draft", ["电影票怎么改签"], { by: "ben" }));
    const labels = async (database: Database) =>
      (await loopLabels(database, "faq")).sort((one, other) => (one.question < other.question ? -1 : 1));
    assert.equal((await both(labels)).length, 3);
    const lines = await runCli(["journal", "faq", "--json"], { database: front });
    assert.equal(lines.stdout.trim().split("\n").length, 4, lines.stderr);
    const last = await both((database) => undo(database, "faq", { by: "cara" }));
    assert.deepEqual([last.action, last.questions], ["draft", ["电影票怎么改签"]]);
    const undone = await runCli(["undo", "faq", accepted.id, "--by", "cara"], { database: front });
    assert.match(
      undone.stdout,
      new RegExp(`^undone: line ${accepted.id} of faq, accept of 1 questions`),
      undone.stderr,
    );
    const [first] = (await journal(whole, "faq")).slice(-1);
    await undo(whole, "faq", { id: first!.id, by: "cara" });
    await both((database) => journal(database, "faq", { standing: true, limit: 1 }));
  });

  it("accept what users vote for, by the logs of all shards", async () => {
    await both((database) => setLog(database, "faq").then(({ isOn }) => isOn));
    for (const index of opened) {
      const { questionId } = await index.match("登不上去怎么办");
      for (const voter of ["anna", "ben"])
        await index.feedback({ questionId: questionId!, helped: false, chosen: 8, voter });
      await index.gaps();
    }
    const [done] = await both((database) => acceptVoted(database, "faq", { by: "anna" }));
    assert.deepEqual(done!.questions, ["登不上去怎么办"]);
    const accepted = await runCli(["accept", "faq", "8", "登录不了了", "--by", "anna"], { database: front });
    assert.match(accepted.stdout, /1 wordings of 8 \(line [abc]\/\d+ of the journal\)/, accepted.stderr);
    await accept(whole, "faq", 8, ["登录不了了"], { by: "anna" });
    await both((database) => journal(database, "faq", { limit: 2 }));
  });

  it("check golden questions over all shards", async () => {
    const file = join(folder, "golden.csv");
    await writeFile(file, "question,key\n怎么退款,17\n密码忘了,8\n快递到哪了,21\n今天天气怎么样,\n");
    const check = async (database: Database) => {
      const { stdout, stderr } = await runCli(["check", "faq", file, "--json"], { database });
      assert.notEqual(stdout, "", stderr);
      const { at: _at, ...result } = JSON.parse(stdout) as { at: string; scores: { questions: number } };
      return result;
    };
    assert.equal((await both(check)).scores.questions, 4);
  });

  it("stop where a shard does not answer", async () => {
    await front.query("insert into ltd.shard values ('faq', 'gone', 'postgres://nobody@127.0.0.1:1/none', 'faq')");
    const stopped = { code: "database", message: /nothing listens at/ };
    await assert.rejects(addAlias(front, "faq", [{ key: 1, question: "新的问题" }]), stopped);
    await assert.rejects(removeAlias(front, "faq", ["钱还给我"]), stopped);
    await assert.rejects(listAliases(front, "faq"), stopped);
    await assert.rejects(accept(front, "faq", 1, ["新的问题"]), stopped);
    await assert.rejects(setAside(front, "faq", "draft", ["新的问题"]), stopped);
    await assert.rejects(undo(front, "faq"), stopped);
    await assert.rejects(journal(front, "faq"), stopped);
    await assert.rejects(loopLabels(front, "faq"), stopped);
    await front.query("delete from ltd.shard where name = 'gone'");
    await both((database) => listAliases(database, "faq"));
  });
});
