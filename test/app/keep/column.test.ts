import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { add } from "../../../src/app/keep/add.ts";
import { buildGeneration, rollbackGeneration, switchGeneration } from "../../../src/app/operate/generation.ts";
import { init } from "../../../src/app/keep/init.ts";
import { LiveIndex } from "../../../src/app/live-index.ts";
import { match } from "../../../src/app/ask/match.ts";
import { searchableIndex } from "../../../src/app/ask/searchable.ts";
import { remove } from "../../../src/app/keep/remove.ts";
import { statusOf } from "../../../src/app/status.ts";
import { sync } from "../../../src/app/keep/sync.ts";
import { verify } from "../../../src/app/operate/verify.ts";
import { setWeights } from "../../../src/app/operate/weights.ts";
import type { Database } from "../../../src/db/database.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { claim } from "../../../src/db/capture/queue.ts";
import { writeBatch } from "../../../src/db/entries/write-batch.ts";
import { loadModel, type ModelPackage } from "../../../src/embed/model-package.ts";
import { describeDatabases, describeServer } from "../../support/databases.ts";
import { writeTinyModel } from "../../support/tiny-model.ts";

const ROWS = 30;
let folder: string;
let first: ModelPackage;
let second: ModelPackage;
let wider: ModelPackage;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "ltd-column-"));
  const make = async (id: string, dims: number, seed: number) => {
    await writeTinyModel(join(folder, id), id, dims, seed);
    return loadModel(join(folder, id));
  };
  [first, second, wider] = [await make("first", 8, 1), await make("second", 8, 2), await make("wider", 12, 3)];
});
after(() => rm(folder, { recursive: true }));

const of = (model: ModelPackage) => ({ model, threads: 1 });

async function start(database: Database): Promise<void> {
  await init(database, first);
  await database.script(`create table faq (id int primary key, question text, open boolean default true, views int default 0);
    insert into faq (id, question) select n, '第' || n || '个问题怎么办理' from generate_series(1, ${ROWS}) n`);
}

/** The table as a catalog sees it. */
const shape = (database: Database) =>
  database.query(`select attname::text as name, format_type(atttypid, atttypmod) as type from pg_attribute
    where attrelid = 'faq'::regclass and attnum > 0 and not attisdropped
    union all select indexrelid::regclass::text, 'index' from pg_index where indrelid = 'faq'::regclass
    union all select tgname::text, 'trigger' from pg_trigger where tgrelid = 'faq'::regclass order by 1`);

/** Runs `work` with the live generation and its embedder. */
async function withLive<T>(database: Database, model: ModelPackage, work: (live: LiveIndex) => Promise<T>): Promise<T> {
  const live = await LiveIndex.open(database, "faq", of(model));
  try {
    return await work(live);
  } finally {
    await live.close();
  }
}

const syncLive = (database: Database, model: ModelPackage) =>
  withLive(database, model, async (live) => {
    const { record, embedder } = await live.latest();
    return sync(database, record, embedder);
  });

/** The column has what the model makes of the rows, and the functions that read find it there. */
const assertTrue = (database: Database, model: ModelPackage) =>
  withLive(database, model, async (live) => {
    const { record, embedder } = await live.latest();
    const found = await verify(database, record, embedder);
    assert.ok(found.ok, JSON.stringify(found));
    const rows = await database.query<{ id: number; question: string; embedding: string | null }>(
      "select id, question, embedding::text from faq where open order by id",
    );
    const made = await embedder.embed(rows.map(({ question }) => question));
    for (const [at, { id, question, embedding }] of rows.entries()) {
      if (embedder.encode(question) === undefined) {
        assert.equal(embedding, null);
        continue;
      }
      const vector = JSON.parse(embedding ?? "[]") as number[];
      assert.equal(vector.length, embedder.dims, `row ${id}`);
      const similarity = vector.reduce((sum, x, n) => sum + x * made.data[at * made.dims + n]!, 0);
      assert.ok(similarity > 0.9999, `row ${id}: ${similarity}`);
    }
    const [result] = await match(searchableIndex(database, { record, embedder }), [rows[3]!.question], { limit: 2 });
    assert.deepEqual(result!.answers[0]!.key, [String(rows[3]!.id)]);
    assert.ok(result!.answers[0]!.similarity > 0.9999);
    const { pending, vectorIndex, indexed } = await statusOf(database, record);
    assert.deepEqual([pending, vectorIndex], [0, "valid"]);
    assert.equal(indexed, rows.filter(({ embedding }) => embedding !== null).length);
    const [outside] = await database.query(
      "select count(*)::int as n from faq where not open and embedding is not null",
    );
    assert.deepEqual(outside, { n: 0 });
  });

describeDatabases("vectors in a column of the table", (databases) => {
  let database: Database;
  let before_: unknown;
  before(async () => {
    database = await databases.create();
    await start(database);
    before_ = await shape(database);
    await add(database, first, { table: "faq", template: "{question}", where: "open", column: "embedding" });
  });

  it("are written there by sync, and read by match, status and verify", async () => {
    const done = await syncLive(database, first);
    assert.deepEqual([done.embedded, done.builtVectorIndex], [ROWS, true]);
    await assertTrue(database, first);
    const [beside] = await database.query("select count(*)::int as n from ltd.entry_faq");
    assert.deepEqual(beside, { n: ROWS });
    const [plan] = await database.transaction(async (tx) => {
      await tx.query("set local enable_seqscan = off");
      return tx.query("explain (format json) select id from faq order by embedding <=> '[1,0,0,0,0,0,0,0]' limit 3");
    });
    assert.match(JSON.stringify(plan), /ltd_faq_embedding_idx/);
  });

  it("loop no trigger: their update queues nothing", async () => {
    const index = await getIndex(database, "faq");
    const again = await syncLive(database, first);
    assert.deepEqual([again.embedded, again.unchanged, again.superseded], [0, 0, 0]);
    await database.query("update faq set embedding = embedding, views = views + 1");
    assert.deepEqual(await database.query(`select from ltd.change_${index.id}`), []);
    assert.equal((await statusOf(database, index)).pending, 0);
  });

  it("follow the rows: new, changed, empty, gone, with another key, and out of the filter", async () => {
    await database.script(`update faq set question = '改了' || id where id <= 3; delete from faq where id = 4;
      insert into faq (id, question) values (100, '新的问题'), (101, '😀'); update faq set id = 102 where id = 5;
      update faq set open = false where id in (6, 7)`);
    const done = await syncLive(database, first);
    assert.deepEqual([done.embedded, done.empty, done.deleted], [5, 1, 4]);
    await assertTrue(database, first);
    await database.query("update faq set open = true where id = 6");
    await syncLive(database, first);
    await assertTrue(database, first);
  });

  it("that were damaged are found and repaired", async () => {
    await database.query("update faq set embedding = null where id = 8");
    await withLive(database, first, async (live) => {
      const { record, embedder } = await live.latest();
      const found = await verify(database, record, embedder, { repair: true });
      assert.deepEqual([found.wrongDimension, found.queued], [1, 1]);
    });
    await syncLive(database, first);
    await assertTrue(database, first);
  });

  it("are exchanged with those of another generation, at once and back, whatever their length", async () => {
    for (const next of [second, wider]) {
      const built = await buildGeneration(database, "faq", next, of(next));
      await assertTrue(database, first);
      await database.query("update faq set question = question || '呢' where id = 9");
      await switchGeneration(database, "faq", of(next));
      await assertTrue(database, next);
      await database.query("update faq set question = question || '啊' where id = 10");
      await syncLive(database, next);
      const back = await rollbackGeneration(database, "faq", of(first));
      assert.ok(back.generation !== built.generation && back.sync.embedded === 2);
      await assertTrue(database, first);
    }
  });

  it("are never mixed with those of another generation by a reader", async () => {
    await buildGeneration(database, "faq", second, of(second));
    let switching = true;
    const seen = new Set<string>();
    const cwd = process.cwd();
    process.chdir(folder); // the reader finds models by their id, as bundled ones would be
    const reading = withLive(database, first, async (live) => {
      for (let turn = 0; switching; turn++) {
        const question = `第${12 + (turn % 10)}个问题怎么办理`;
        const [result] = await live.read(async ({ record, embedder }) => {
          const found = await match(searchableIndex(database, { record, embedder }), [question], { limit: 1 });
          seen.add(record.modelId);
          return found;
        });
        assert.equal(result!.answers[0]?.text, question);
        assert.ok(result!.answers[0].similarity > 0.9999);
      }
    });
    try {
      await switchGeneration(database, "faq", of(second));
      await rollbackGeneration(database, "faq", of(first));
      await rollbackGeneration(database, "faq", of(second));
      await rollbackGeneration(database, "faq", of(first));
    } finally {
      switching = false;
      await reading.finally(() => process.chdir(cwd));
    }
    assert.ok(seen.size > 0);
    await assertTrue(database, first);
  });

  it("are moved by weights where the words are", async () => {
    await database.query("update faq set question = '怎么退款' where id = 11");
    await syncLive(database, first);
    const read = async () =>
      new Map(
        (await database.query<{ id: number; embedding: string }>("select id, embedding::text from faq")).map((row) => [
          row.id,
          row.embedding,
        ]),
      );
    const old = await read();
    const [place] = await database.query<{ ctid: string }>("select ctid::text from faq where id = 12");
    const done = await setWeights(database, "faq", [{ word: "退款", idf: 1 }], of(first));
    const moved = [...(await read())].filter(([id, embedding]) => old.get(id) !== embedding).map(([id]) => id);
    assert.deepEqual([done.embedded, moved], [1, [11]]);
    assert.deepEqual(
      await database.query("select ctid::text from faq where id = 12"),
      [place],
      "other rows are not written",
    );
    await assertTrue(database, first);
  });

  it("go with the index, and the column that was made for them", async () => {
    await remove(database, "faq");
    assert.deepEqual(await shape(database), before_);
  });

  it("can be in a column that is there already, which stays", async () => {
    await database.query("alter table faq add column mine vector(8)");
    const own = await shape(database);
    await add(database, first, { table: "faq", template: "{question}", column: "mine" });
    await syncLive(database, first);
    const [filled] = await database.query("select count(mine)::int as n from faq");
    assert.equal((filled as { n: number }).n, (await statusOf(database, await getIndex(database, "faq"))).indexed);
    await assert.rejects(buildGeneration(database, "faq", wider, of(wider)), {
      code: "model",
      message: /12 dimensions/,
    });
    await assert.rejects(add(database, first, { name: "two", table: "faq", template: "{question}", column: "mine" }), {
      code: "index",
      message: /holds the vectors of the index faq/,
    });
    await remove(database, "faq");
    assert.deepEqual(await shape(database), own);
  });

  it("are refused a column that cannot hold them", async () => {
    await database.script(
      "create view open_faq as select *, now() as at from faq; alter table faq add column five vector(5)",
    );
    const columns: [string, RegExp][] = [
      ["question", /the index embeds it/],
      ["id", /the index embeds it/],
      ["views", /has the type integer, not vector\(8\)/],
      ["five", /has the type vector\(5\), not vector\(8\)/],
    ];
    for (const [column, message] of columns) {
      await assert.rejects(add(database, first, { table: "faq", template: "{question}", column }), {
        code: "source",
        message,
      });
    }
    const view = { table: "open_faq", key: ["id"], template: "{question}", updatedAt: "at", column: "embedding" };
    await assert.rejects(add(database, first, view), { code: "source", message: /not an ordinary table/ });
  });
});

describeServer("a row whose vector is to be written", (databases) => {
  it("is passed over while a writer holds it, and the writer never waits for a worker that waits for him", async () => {
    const database = await databases.create();
    await start(database);
    await add(database, first, { table: "faq", template: "{question}", column: "embedding" });
    const index = await getIndex(database, "faq");
    const claims = await claim(database, index, { limit: 100, leaseMs: 60_000 });
    const entries = claims.map(({ key, version }) => ({
      key,
      version,
      contentHash: Uint8Array.of(1),
      embedding: Float32Array.of(1, 0, 0, 0, 0, 0, 0, 0),
      truncated: false,
      words: ["词"],
    }));
    const written = await database.transaction(async (writer) => {
      await writer.query("update faq set question = 'x' where id = 2");
      const done = await writeBatch(database, index, { entries });
      await writer.query("update faq set question = 'y' where id = 1");
      return done;
    });
    assert.deepEqual([written.written, written.superseded], [ROWS - 1, 1]);
    const done = await syncLive(database, first);
    assert.equal(done.pending, 0);
    await withLive(database, first, async (live) => {
      const { record } = await live.latest();
      assert.equal((await statusOf(database, record)).indexed, ROWS);
    });
  });
});
