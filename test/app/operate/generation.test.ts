import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { add } from "../../../src/app/keep/add.ts";
import {
  buildGeneration,
  dropGeneration,
  rollbackGeneration,
  switchGeneration,
} from "../../../src/app/operate/generation.ts";
import { listGenerations } from "../../../src/app/operate/list-generations.ts";
import { init } from "../../../src/app/keep/init.ts";
import { LiveIndex } from "../../../src/app/live-index.ts";
import { match } from "../../../src/app/ask/match.ts";
import { searchableIndex } from "../../../src/app/ask/searchable.ts";
import { remove } from "../../../src/app/keep/remove.ts";
import { sync } from "../../../src/app/keep/sync.ts";
import { setWeights } from "../../../src/app/operate/weights.ts";
import type { Database } from "../../../src/db/database.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { createEmbedder, withEmbedder, type Embedder } from "../../../src/embed/embedder.ts";
import { loadModel, type ModelPackage } from "../../../src/embed/model-package.ts";
import { readWeights } from "../../../src/db/indexes/weight.ts";
import { rowOf } from "../../../src/vector/matrix.ts";
import { describeDatabases } from "../../support/databases.ts";
import { mortal } from "../../support/mortal-database.ts";
import { writeTinyModel } from "../../support/tiny-model.ts";

const ROWS = 40;
const textOf = (id: number) => `第${id}个问题怎么办理`;

describeDatabases("generations", (databases) => {
  let folder: string;
  let database: Database;
  /** Two of 8 dimensions that mean nothing to each other, and one of 12. */
  let first: ModelPackage;
  let second: ModelPackage;
  let wider: ModelPackage;
  const pools: Embedder[] = [];
  const of = (model: ModelPackage) => ({ model, threads: 1 });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ltd-generation-"));
    const make = async (id: string, dims: number, seed: number) => {
      await writeTinyModel(join(folder, id), id, dims, seed);
      return loadModel(join(folder, id));
    };
    [first, second, wider] = [await make("first", 8, 1), await make("second", 8, 2), await make("wider", 12, 3)];
    database = await databases.create();
    await init(database, first);
    await database.script(`create table faq (id int primary key, question text, views int default 0);
      insert into faq (id, question) select n, '第' || n || '个问题怎么办理' from generate_series(1, ${ROWS}) n`);
    await add(database, first, { table: "faq", template: "{question}" });
    await syncLive(first);
  });
  after(async () => {
    await Promise.all(pools.map((embedder) => embedder.close()));
    await rm(folder, { recursive: true });
  });

  async function syncLive(model: ModelPackage) {
    const index = await getIndex(database, "faq");
    return withEmbedder(createEmbedder({ ...of(model), weights: await readWeights(database, index) }), (embedder) =>
      sync(database, index, embedder),
    );
  }

  /** The live entries are those of the rows there are, with the vectors that this model gives with the live weights. */
  async function assertTrue(model: ModelPackage): Promise<void> {
    const index = await getIndex(database, "faq");
    assert.equal(index.modelId, model.description.id);
    const rows = await database.query<{ id: number; question: string; embedding: string }>(
      "select coalesce(id, key) as id, question, embedding from faq full join ltd.entry_faq on key = id order by 1",
    );
    const weights = await readWeights(database, index);
    await withEmbedder(createEmbedder({ ...of(model), weights }), async (embedder) => {
      const made = await embedder.embed(rows.map(({ question }) => question ?? ""));
      for (const [at, { id, question, embedding }] of rows.entries()) {
        assert.ok(question && embedding, `row ${id}: ${question} ${embedding}`);
        const vector = JSON.parse(embedding) as number[];
        assert.equal(vector.length, model.description.dims);
        const similarity = rowOf(made, at).reduce((sum, x, n) => sum + x * vector[n]!, 0);
        assert.ok(similarity > 0.9999, `row ${id}: ${similarity}`);
      }
    });
  }

  const states = async () =>
    (await listGenerations(database, "faq")).map(({ generation, state, model }) => `${generation} ${state} ${model}`);

  it("are filled beside the live one, see concurrent changes, and become live atomically", async () => {
    const built = await buildGeneration(database, "faq", wider, of(wider));
    assert.deepEqual([built.generation, built.state, built.sync.embedded], [2, "building", ROWS]);
    await assertTrue(first);
    await database.script(`update faq set question = '改了' || id where id <= 3; delete from faq where id = 4;
      insert into faq values (100, '新的问题'); update faq set id = 101 where id = 5; update faq set views = 1`);
    assert.deepEqual(
      (await listGenerations(database, "faq")).map(({ pending }) => pending),
      [7, 7],
    );
    await syncLive(first);
    await assertTrue(first);
    assert.deepEqual(await states(), ["1 live first", "2 building wider"]);
    const switched = await switchGeneration(database, "faq", of(wider));
    assert.deepEqual([switched.generation, switched.state, switched.sync.embedded], [2, "live", 5]);
    await assertTrue(wider);
    assert.deepEqual(await states(), ["1 previous first", "2 live wider"]);
    const [[index], [plan]] = await Promise.all([
      listGenerations(database, "faq").then((all) => all.slice(1)),
      database.transaction(async (tx) => {
        await tx.query("set local enable_seqscan = off");
        const zeros = `[1${",0".repeat(11)}]`;
        return tx.query(
          `explain (format json) select key from ltd.entry_faq order by embedding <=> '${zeros}' limit 3`,
        );
      }),
    ]);
    assert.equal(index!.vectorIndex, "valid");
    assert.match(JSON.stringify(plan), /_embedding_idx/, "the view is answered by the HNSW index");
  });

  it("go back to the one before, which has followed the table", async () => {
    await database.script(
      "update faq set question = '又改了' || id where id between 10 and 12; delete from faq where id = 13",
    );
    await syncLive(wider);
    const back = await rollbackGeneration(database, "faq", of(first));
    assert.deepEqual([back.generation, back.state], [1, "live"]);
    await assertTrue(first);
    assert.deepEqual(await states(), ["1 live first", "2 previous wider"]);
    await rollbackGeneration(database, "faq", of(wider));
    await assertTrue(wider);
    await rollbackGeneration(database, "faq", of(first));
  });

  it("are one to be built, one live and one before", async () => {
    await buildGeneration(database, "faq", second, of(second));
    assert.deepEqual(await states(), ["1 live first", "2 previous wider", "3 building second"]);
    await assert.rejects(buildGeneration(database, "faq", wider, of(wider)), {
      code: "index",
      message: /generation 3 of faq is being built/,
      hint: /generation drop faq 3/,
    });
    await assert.rejects(setWeights(database, "faq", [{ word: "问题", idf: 1 }], of(first)), /being built/);
    await assert.rejects(dropGeneration(database, "faq", 1), { code: "index", message: /is the live one/ });
    await assert.rejects(dropGeneration(database, "faq", 9), { code: "index", hint: /1, 2, 3/ });
    await switchGeneration(database, "faq", of(second));
    assert.deepEqual(await states(), ["1 previous first", "3 live second"]);
    await assert.rejects(switchGeneration(database, "faq", of(second)), {
      code: "index",
      message: /no generation that is built/,
    });
    const left = await database.query("select id from ltd.index where name = 'faq'");
    const triggers = await database.query(
      "select distinct split_part(tgname, '_', 2) as id from pg_trigger where tgname like 'ltd%'",
    );
    assert.equal(triggers.length, left.length);
    await dropGeneration(database, "faq", 1);
    await assert.rejects(rollbackGeneration(database, "faq", of(first)), {
      code: "index",
      message: /no generation that was live before/,
    });
    await assertTrue(second);
  });

  it("follow a truncated table, whatever they are", async () => {
    await buildGeneration(database, "faq", first, of(first));
    await database.script("begin; truncate faq; insert into faq (id, question) values (1, '只有一个'); commit");
    await switchGeneration(database, "faq", of(first));
    await assertTrue(first);
    await rollbackGeneration(database, "faq", of(second));
    await assertTrue(second);
    await database.script(
      `insert into faq (id, question) select n, '第' || n || '个问题怎么办理' from generate_series(2, ${ROWS}) n`,
    );
    await syncLive(second);
  });

  it("are never mixed by readers", async () => {
    await database.query("update faq set question = '第1个问题怎么办理' where id = 1");
    await syncLive(second);
    let switching = true;
    const seen = new Set<string>();
    // Of two models a text and its own row are as strange to each other as any; of one they are the same.
    const read = async (reader: number) => {
      const live = await LiveIndex.open(database, "faq", of(second));
      try {
        for (let turn = 0; switching; turn++) {
          const questions = [textOf(1 + ((reader + turn) % ROWS)), textOf(1 + ((reader + turn * 7) % ROWS))];
          const results = await live.read(async ({ record, embedder }) => {
            const found = await match(searchableIndex(database, { record, embedder }), questions, { limit: 1 });
            seen.add(record.modelId);
            return found;
          });
          for (const { question, answers } of results) {
            assert.equal(answers[0]?.text, question);
            assert.ok(answers[0].similarity > 0.9999, `${answers[0].similarity}`);
          }
        }
      } finally {
        await live.close();
      }
    };
    // the readers find both models by their id, as bundled ones would be
    const cwd = process.cwd();
    process.chdir(folder);
    const reading = Promise.all([1, 2].map(read));
    try {
      await rollbackGeneration(database, "faq", of(first));
      while (!seen.has("first")) await Promise.race([pause(1), reading]);
      for (let turn = 0; turn < 3; turn++)
        await rollbackGeneration(database, "faq", of(turn % 2 === 0 ? second : first));
      await setWeights(database, "faq", [{ word: "问题", idf: 0.5 }], of(second));
    } finally {
      switching = false;
      await reading.finally(() => process.chdir(cwd));
    }
    assert.deepEqual([...seen].toSorted(), ["first", "second"]);
  });

  it("are in order wherever a process that changes them is killed, and what it began can be finished", async () => {
    const free = "update ltd.queue set leased_until = null, not_before = now() where leased_until is not null";
    // every ninth statement, others here than there
    let calls = databases.kind === "server" ? 4 : 0;
    for (let finished = false; !finished;) {
      calls += 9;
      const idf = 2 + (calls % 50);
      await database.query("update faq set question = $1 where id = 2", [`第${calls}次`]);
      const { database: dying, died } = mortal(database, calls);
      await setWeights(dying, "faq", [{ word: "问题", idf }], of(second)).catch((error: unknown) => {
        if (!died()) throw error;
      });
      finished = !died();
      await database.query(free);
      const all = await states();
      assert.equal(all.filter((each) => each.includes("live")).length, 1, all.join());
      assert.equal(new Set(all.map((each) => each.split(" ")[1])).size, all.length, all.join());
      await syncLive(second);
      await assertTrue(second);
      // Killed before the generation was made, or after it was live: then there is nothing left to do, or nothing yet.
      if (all.some((each) => each.includes("building"))) {
        const weights = new Map([["问题", { idf, frequency: null, fitted: false }]]);
        await buildGeneration(database, "faq", second, { ...of(second), weights });
        await switchGeneration(database, "faq", of(second));
        assert.equal((await readWeights(database, await getIndex(database, "faq"))).get("问题")?.idf, idf);
      }
      await assertTrue(second);
    }
    assert.ok(calls > 30, `${calls} statements`);
  });

  it("go with the index", async () => {
    await remove(database, "faq");
    const left =
      await database.query(`select relname as name from pg_class where relnamespace = 'ltd'::regnamespace and relname like 'entry%'
      union all select tgname from pg_trigger where tgname like 'ltd%' union all select name from ltd.index
      union all select word from ltd.weight union all select key::text from ltd.queue`);
    assert.deepEqual(left, []);
  });
});
