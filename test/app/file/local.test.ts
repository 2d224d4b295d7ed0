import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { openLocalFile } from "../../../src/ann/local-file.ts";
import { readSidecar } from "../../../src/ann/sidecar.ts";
import { add } from "../../../src/app/keep/add.ts";
import { searchPlan } from "../../../src/app/file/plan.ts";
import { exportIndex } from "../../../src/app/file/export.ts";
import { addAlias } from "../../../src/app/ask/alias.ts";
import { buildGeneration, switchGeneration } from "../../../src/app/operate/generation.ts";
import { init } from "../../../src/app/keep/init.ts";
import { openIndex } from "../../../src/app/open/open-index.ts";
import { sync } from "../../../src/app/keep/sync.ts";
import { verifyLocal } from "../../../src/app/file/verify.ts";
import { setWeights } from "../../../src/app/operate/weights.ts";
import type { Database } from "../../../src/db/database.ts";
import { lockFolder } from "../../../src/db/connect/folder-lock.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { createEmbedder, type Embedder } from "../../../src/embed/embedder.ts";
import { loadModel, type ModelPackage } from "../../../src/embed/model-package.ts";
import { describeDatabases, describeServer } from "../../support/databases.ts";
import { writeTinyModel } from "../../support/tiny-model.ts";

const ROWS = 120;
const topics = ["退款", "地址", "密码", "发票", "快递", "积分"];
const title = (n: number) => `${topics[n % topics.length]}第${n}个问题怎么办`;

const fill = `insert into faq
  select n, (array['${topics.join("', '")}'])[1 + n % ${topics.length}] || '第' || n || '个问题怎么办', 'answer ' || n, '[1, {"a": null}]'
  from generate_series(1, ${ROWS}) n`;

/** What the tests of a database share. */
interface Fixture {
  folder: string;
  database: Database;
  model: ModelPackage;
  embedder: Embedder;
}

async function prepare(database: Database): Promise<Fixture> {
  const folder = await mkdtemp(join(tmpdir(), "ltd-export-"));
  for (const [name, seed] of [
    ["one", 1],
    ["two", 2],
  ] as const)
    await writeTinyModel(join(folder, name), name, 16, seed);
  const model = await loadModel(join(folder, "one"));
  await init(database, model);
  await database.script(`create table faq (id bigint primary key, title text, answer text, tags jsonb);
    create table line (shop int, "Nummer" text, id uuid, title text, primary key (shop, "Nummer"))`);
  await database.query(fill);
  await database.query("insert into faq values (1001, '？！', 'empty')");
  await add(database, model, { table: "faq", template: "{title}" });
  const embedder = await createEmbedder({ model, threads: 1 });
  await sync(database, await getIndex(database, "faq"), embedder);
  return { folder, database, model, embedder };
}

it("a graph is built from 20,001 rows on, and dropped again below 10,001", () => {
  const plan = searchPlan({ m: 32 });
  for (const [rows, present, method] of [
    [20_000, null, "exact"],
    [20_001, null, "hnsw"],
    [20_001, "exact", "hnsw"],
    [10_001, "hnsw", "hnsw"],
    [10_000, "hnsw", "exact"],
  ] as const)
    assert.equal(plan.methodFor(rows, present), method, `${rows} rows`);
  assert.equal(searchPlan({ method: "hnsw" }).methodFor(1, null), "hnsw");
  const without = searchPlan({}, false);
  assert.equal(without.methodFor(50_000, null), "exact");
  assert.deepEqual(
    [20_000, 20_001].map((rows) => without.isWorthGraph(rows)),
    [false, true],
  );
  assert.deepEqual(plan.settingsFor({ m: 8, efConstruction: 9, efSearch: 10 }), {
    m: 32,
    efConstruction: 9,
    efSearch: 10,
  });
});

describeDatabases("a local file of an index", (databases) => {
  let fixture: Fixture;
  const path = (name = "faq.ltd") => join(fixture.folder, name);
  const settle = async () => {
    const { database, embedder } = fixture;
    return sync(database, await getIndex(database, "faq"), embedder);
  };
  const refresh = async () => {
    const { added, changed, rewritten, removed, refreshed } = await exportIndex(fixture.database, "faq", path());
    return { added, changed, rewritten, removed, refreshed };
  };
  /** The file answers as the database does, and equals a file that is written from scratch. */
  const check = async (file = path()) => {
    const local = await openIndex<{ id: number; title: string; answer: string }>({
      local: file,
      model: join(fixture.folder, "one"),
      threads: 1,
    });
    const live = await openIndex<{ id: number; title: string; answer: string }>({
      index: "faq",
      database: fixture.database,
      model: join(fixture.folder, "one"),
      threads: 1,
    });
    try {
      const questions = [...topics.map((topic) => `${topic}怎么办`), title(3), "！？", "第77个", "想把钱拿回来？"];
      const [here, there] = [await local.matchAll(questions), await live.matchAll(questions)];
      here.forEach((result, at) => {
        const expected = there[at]!;
        assert.deepEqual(
          { ...result, answers: [], margin: null },
          { ...expected, answers: [], margin: null },
          "question, decision and thresholds",
        );
        assert.equal(result.answers.length, expected.answers.length);
        result.answers.forEach((answer, rank) => {
          const other = expected.answers[rank]!;
          assert.ok(Math.abs(answer.similarity - other.similarity) < 1e-5);
          // equally near rows come in any order
          if (answer.key[0] === other.key[0])
            assert.deepEqual({ ...answer, similarity: 0 }, { ...other, similarity: 0 });
        });
      });
      assert.deepEqual((await local.embed(["退款"])).data, (await live.embed(["退款"])).data);
      assert.equal(local.name, "faq");
    } finally {
      await local.close();
      await live.close();
    }
    assert.deepEqual(await contents(file), await contentsAnew());
  };
  const contents = async (file: string) => {
    const opened = await openLocalFile(file);
    const rows: string[] = [];
    for await (const { label, line } of opened.rows.lines()) {
      if (line === null) continue;
      const { content, row } = opened.rows.table.hashesOf(label);
      const vector = Buffer.from(opened.search.vectorOf(label).buffer).toString("base64");
      rows.push(
        [
          Buffer.from(line).toString(),
          Buffer.from(content).toString("hex"),
          Buffer.from(row).toString("hex"),
          vector,
        ].join(),
      );
    }
    const { files: _f, labels: _l, exportedAt: _e, checksum: _c, hnsw: _h, ...rest } = opened.sidecar;
    await opened.close();
    return { ...rest, rows: rows.sort() };
  };
  const contentsAnew = async () => {
    await exportIndex(fixture.database, "faq", path("anew.ltd"), { rebuild: true, method: "exact" });
    return contents(path("anew.ltd"));
  };

  before(async () => {
    fixture = await prepare(await databases.create());
  });
  after(async () => {
    await fixture.embedder.close();
    await rm(fixture.folder, { recursive: true });
  });

  it("answers as the index does, without the row that has no vector", async () => {
    const result = await exportIndex(fixture.database, "faq", path());
    assert.deepEqual(
      { ...result, bytes: 0, seconds: 0 },
      {
        index: "faq",
        file: path(),
        method: "exact",
        rows: ROWS,
        refreshed: false,
        added: ROWS,
        changed: 0,
        rewritten: 0,
        removed: 0,
        bytes: 0,
        seconds: 0,
        note: null,
      },
    );
    await check();
    const local = await openIndex({ local: path(), model: join(fixture.folder, "one"), threads: 1 });
    const [answer] = (await local.match(title(5), { limit: 1 })).answers;
    assert.deepEqual(answer!.key, ["5"]);
    assert.equal(answer!.text, title(5));
    assert.deepEqual(answer!.row, { id: "5", title: title(5), answer: "answer 5", tags: [1, { a: null }] });
    await assert.rejects(local.match("x", { limit: 0 }), { code: "usage" });
    const near = await local.similar(5, { limit: 3 });
    const live = await openIndex({
      index: "faq",
      database: fixture.database,
      model: join(fixture.folder, "one"),
      threads: 1,
    });
    assert.deepEqual(
      near.map(({ similarity }) => similarity.toFixed(4)),
      (await live.similar(5, { limit: 3 })).map(({ similarity }) => similarity.toFixed(4)),
    );
    assert.ok(near.every(({ key, row }) => key[0] !== "5" && String(row["id"]) === key[0]));
    await live.close();
    await assert.rejects(local.similar("none"), { code: "input", message: /row none is not in/ });
    await assert.rejects(local.similar(5, { where: "true" }), { code: "usage", message: /cannot be filtered/ });
    await assert.rejects(local.similar([1, 2]), { code: "input", message: /is not a key of faq/ });
    assert.equal((await local.embedOne("退款")).length, 16);
    await assert.rejects(local.embedOne("？"), { code: "input" });
    await assert.rejects(local.match("x", { signal: AbortSignal.abort(new Error("enough")) }), /enough/);
    await local.close();
    await assert.rejects(local.match("x"), { code: "index", message: /is closed/ });
  });

  for (const method of ["exact", "hnsw"] as const) {
    it(`is refreshed by what has changed, ${method}`, async () => {
      const { database } = fixture;
      await exportIndex(database, "faq", path(), { method, rebuild: true, m: 8, efConstruction: 60, efSearch: 120 });
      const again = async () => {
        const { added, changed, rewritten, removed, refreshed } = await exportIndex(database, "faq", path(), {
          method,
        });
        return { added, changed, rewritten, removed, refreshed };
      };
      const none = { added: 0, changed: 0, rewritten: 0, removed: 0, refreshed: true };
      const before = await readSidecar(path());
      assert.deepEqual(await again(), none);
      assert.deepEqual((await readSidecar(path())).files, before.files, "the same files");

      await database.script(`insert into faq values (500, '新的问题', 'new'), (501, '又一个新问题', 'new');
        update faq set title = '改过的退款问题' where id = 6;
        update faq set answer = 'another answer', tags = null where id in (7, 80);
        update faq set title = '？' where id = 8;
        delete from faq where id in (9, 10);
        update faq set id = 600 where id = 11`);
      await settle();
      assert.deepEqual(await again(), { added: 3, changed: 1, rewritten: 2, removed: 4, refreshed: true });
      await check();
      const { rows, labels, hnsw } = await readSidecar(path());
      assert.deepEqual([rows, labels], [ROWS - 1, method === "exact" ? ROWS - 1 : ROWS + 4]);
      assert.deepEqual(
        hnsw,
        method === "exact" ? null : { m: 8, efConstruction: 60, efSearch: 120 },
        "as it was built",
      );
      assert.deepEqual(await again(), none);

      // a row that is gone, before any sync; and one that came back with its text of before
      await database.query("delete from faq where id = 12");
      assert.deepEqual(await again(), { ...none, removed: 1 });
      await database.query("insert into faq values (12, $1, 'again', null)", [title(12)]);
      await settle();
      assert.deepEqual(await again(), { ...none, added: 1 });
      await check();

      // more than a fifth of the graph would be removed: it is rebuilt
      await database.query("update faq set title = title || '呢' where id between 20 and 60");
      await settle();
      const large = await again();
      assert.equal(large.refreshed, method === "exact");
      assert.equal((await readSidecar(path())).labels, ROWS - 1);
      await check();

      await database.query("delete from faq");
      assert.equal((await again()).removed, method === "exact" ? ROWS - 1 : 0);
      await check();
      await database.query(fill);
      await settle();
      await again();
      await check();
      assert.equal((await readdir(fixture.folder)).filter((name) => name.startsWith("faq.ltd")).length, 3);
    });
  }

  it("is compared with the database by verifyLocal", async () => {
    const { database } = fixture;
    await exportIndex(database, "faq", path("old.ltd"), { rebuild: true });
    const verified = async () => {
      const { examples, file: _f, seconds: _s, ...found } = await verifyLocal(database, path("old.ltd"));
      return { ...found, examples: examples.map(({ fault, key }) => `${fault} ${key.join()}`).sort() };
    };
    const none = { index: "faq", missing: 0, orphan: 0, stale: 0, rewritten: 0, examples: [], problems: [] };
    assert.deepEqual(await verified(), { ...none, compared: ROWS, ok: true });
    await database.script(`insert into faq values (700, '没有的问题'); delete from faq where id = 90;
      update faq set title = '另外的问题' where id = 91; update faq set answer = null where id = 92`);
    await settle();
    assert.deepEqual(await verified(), {
      ...none,
      compared: ROWS,
      missing: 1,
      orphan: 1,
      stale: 1,
      rewritten: 1,
      examples: ["missing 700", "orphan 90", "rewritten 92", "stale 91"],
      ok: false,
    });
    await exportIndex(database, "faq", path("old.ltd"));
    await database.query("update ltd.index set answer_margin = 0.02 where name = 'faq'");
    assert.deepEqual((await verified()).problems, ["its thresholds differ from those of the index now"]);
    await database.query("update ltd.index set answer_margin = null where name = 'faq'");
    assert.equal((await verified()).ok, true);
    const rows = join(fixture.folder, (await readSidecar(path("old.ltd"))).files.rows.name);
    await writeFile(rows, (await readFile(rows, "latin1")).replace("answer 5", "answer 6"), "latin1");
    const damaged = await verified();
    assert.equal(damaged.ok, false);
    assert.match(damaged.problems.join(), /\.rows is damaged: its SHA-256 is/);
    await assert.rejects(exportIndex(database, "faq", path("old.ltd")), { code: "input", hint: /--rebuild/ });
    await exportIndex(database, "faq", path("old.ltd"), { rebuild: true });
    assert.equal((await verified()).ok, true);
  });

  it("takes thresholds and weights along, and follows another generation of the same model", async () => {
    const { database, model } = fixture;
    await exportIndex(database, "faq", path(), { rebuild: true });
    await database.query(
      "update ltd.index set answer_threshold = 0.97, suggest_threshold = 0.5, answer_margin = 0.01, judge_slope = 0.8, judge_offset = 0.7 where name = 'faq'",
    );
    assert.deepEqual(await refresh(), { added: 0, changed: 0, rewritten: 0, removed: 0, refreshed: true });
    await check();
    await addAlias(database, "faq", [{ key: 5, question: "想把钱拿回来" }]);
    assert.deepEqual((await verifyLocal(database, path())).problems, [
      "its aliases differ from those of the index now",
    ]);
    await sync(database, await getIndex(database, "faq"), fixture.embedder);
    await refresh();
    await check();
    const local = await openIndex({ local: path(), model: join(fixture.folder, "one"), threads: 1 });
    const { decision, answers } = await local.match("想把钱拿回来！");
    assert.deepEqual([decision, answers[0]!.found, answers[0]!.key], ["answer", "alias", ["5"]]);
    await local.close();
    await setWeights(database, "faq", [{ word: "退款", idf: 50 }], { model, threads: 1 });
    const { changed, refreshed } = await refresh();
    const [having] = await database.query<{ rows: number }>(
      "select count(*)::int as rows from faq where title like '%退款%'",
    );
    assert.deepEqual([changed, refreshed], [having!.rows, true], "exactly the rows that have the word");
    await check();
    assert.equal((await readSidecar(path())).generation, 2);
  });

  it("is refused with another model, and rewritten when the index has one", async () => {
    const { database, folder } = fixture;
    await exportIndex(database, "faq", path("two.ltd"));
    const two = await loadModel(join(folder, "two"));
    await assert.rejects(openIndex({ local: path("two.ltd"), model: join(folder, "two") }), {
      code: "model",
      message: /vectors of the model one \(.*not of two/,
    });
    await buildGeneration(database, "faq", two, { threads: 1 });
    await switchGeneration(database, "faq", { model: two, threads: 1 });
    const { refreshed, rows } = await exportIndex(database, "faq", path("two.ltd"));
    assert.deepEqual([refreshed, rows], [false, ROWS]);
    await (await openIndex({ local: path("two.ltd"), model: join(folder, "two"), threads: 1 })).close();
  });

  it("has keys of several columns, uuid and any text", async () => {
    const { database, folder } = fixture;
    const model = await loadModel(join(folder, "one"));
    const uuid = "0b8a3f5e-5d1c-4c0e-9d59-1f6d3f0a7c11";
    await database.query("insert into line values (1, $1, $2, '怎么退款'), (2, 'a', $2, '修改地址')", [
      'x"y,\\ \u2028退',
      uuid,
    ]);
    await add(database, model, { name: "lines", table: "line", template: "{title}" });
    await add(database, model, { name: "by_uuid", table: "line", template: "{title}", key: ["shop"] }).catch(() => {});
    const embedder = await createEmbedder({ model, threads: 1 });
    await sync(database, await getIndex(database, "lines"), embedder);
    await embedder.close();
    await exportIndex(database, "lines", path("lines.ltd"));
    const local = await openIndex({ local: path("lines.ltd"), model: join(folder, "one"), threads: 1 });
    const { answers } = await local.match("怎么退款", { limit: 1 });
    assert.deepEqual(answers[0]!.key, ["1", 'x"y,\\ \u2028退']);
    assert.equal(answers[0]!.row["id"], uuid);
    await local.close();
    assert.equal((await exportIndex(database, "lines", path("lines.ltd"))).added, 0);
  });

  it("does not overwrite what it is not, and is written by one at a time", async () => {
    const { database } = fixture;
    await writeFile(path("notes.txt"), "mine");
    const other = exportIndex(database, "faq", path("notes.txt"));
    await assert.rejects(other, {
      code: "input",
      message: /cannot be refreshed: .* is not a local index file/,
      hint: /--rebuild/,
    });
    assert.equal(await readFile(path("notes.txt"), "utf8"), "mine");
    await assert.rejects(exportIndex(database, "faq", path("lines.ltd")), {
      code: "usage",
      message: /belongs to the index lines, not to faq/,
    });
    await assert.rejects(exportIndex(database, "faq", fixture.folder), { code: "input" });
    await assert.rejects(exportIndex(database, "none", path("x.ltd")), { code: "index" });
    assert.ok(!existsSync(path("x.ltd")));
    for (const [options, message] of [
      [{ m: 3 }, "m is 3, but must be a whole number from 4 to 64"],
      [{ efConstruction: 1.5 }, "efConstruction is 1.5, but must be a whole number from 8 to 2000"],
      [{ efSearch: 0 }, "efSearch is 0, but must be a whole number from 1 to 10000"],
    ] as const)
      await assert.rejects(exportIndex(database, "faq", path("x.ltd"), options), { code: "usage", message });
    const lock = await lockFolder(path("x.ltd"));
    await assert.rejects(exportIndex(database, "faq", path("x.ltd")), {
      code: "locked",
      message: /x\.ltd is being written in process/,
    });
    await lock.release();
    const stop = AbortSignal.abort(new Error("enough"));
    await assert.rejects(exportIndex(database, "faq", path("x.ltd"), { signal: stop }), /enough/);
    assert.deepEqual(
      (await readdir(fixture.folder)).filter((name) => name.startsWith("x.ltd")),
      [],
      "nothing is left",
    );
  });

  it("is not written with a vector that another worker has written", async () => {
    const { database } = fixture;
    const { id } = await getIndex(database, "faq");
    const keep = await database.query<{ embedding: string }>(`select embedding from ltd.entry_${id} where key = 3`);
    await database.query(`update ltd.entry_${id} set embedding = embedding + embedding where key = 3`);
    await assert.rejects(exportIndex(database, "faq", path("x.ltd")), {
      code: "index",
      message: /row 3 in faq has a vector of length (1\.99|2)/,
    });
    await database.query(`update ltd.entry_${id} set embedding = $1 where key = 3`, [keep[0]!.embedding]);
  });
});

describeServer("a local file that is refreshed while rows change and are embedded", (databases) => {
  it("is of one snapshot each time, and of the last state in the end", async () => {
    const { database, folder, embedder } = await prepare(await databases.create());
    const path = join(folder, "faq.ltd");
    const index = await getIndex(database, "faq");
    await database.query("delete from faq where id = 1001");
    let isWriting = true;
    const writer = (async () => {
      for (let turn = 0; turn < 20; turn++) {
        // text and answer say the same: a file of two snapshots would not
        await database.query("update faq set title = $1, answer = $1 where id % 7 = $2", [`第${turn}轮问题`, turn % 7]);
        await database.query("delete from faq where id = $1", [turn + 1]);
        await database.query("insert into faq values ($1, '加的', '加的')", [2_000 + turn]);
      }
      isWriting = false;
    })();
    const worker = (async () => {
      while (isWriting) await sync(database, index, embedder);
    })();
    let exports = 0;
    while (isWriting) {
      await exportIndex(database, "faq", path, { method: exports++ % 3 === 2 ? "hnsw" : "exact" });
      const file = await openLocalFile(path);
      for await (const { line } of file.rows.lines()) {
        if (line === null) continue;
        const { row } = JSON.parse(Buffer.from(line).toString()) as { row: { title: string; answer: string } };
        if (!row.answer.startsWith("answer")) assert.equal(row.title, row.answer);
      }
      await file.close();
    }
    await Promise.all([writer, worker]);
    await sync(database, index, embedder);
    await exportIndex(database, "faq", path, { method: "exact" });
    const rows = await database.query<{ id: string; title: string }>("select id, title from faq");
    const file = await openLocalFile(path);
    const labels = Array.from({ length: file.sidecar.labels }, (_, label) => label);
    const found = await file.rows.read(labels);
    assert.deepEqual(
      found.map(({ key, row }) => [key[0], row["title"]]).sort(),
      rows.map(({ id, title }) => [id, title]).sort(),
    );
    for (const [label, { row }] of found.entries()) {
      const [vector] = [(await embedder.embed([String(row["title"])])).data];
      const stored = file.search.vectorOf(label);
      assert.ok(stored.reduce((sum, value, at) => sum + value * vector[at]!, 0) > 0.9999, String(row["title"]));
    }
    await file.close();
    await embedder.close();
    await rm(folder, { recursive: true });
  });
});
