import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { add } from "../../../src/app/keep/add.ts";
import { hashOfText } from "../../../src/app/content-hash.ts";
import { doctor } from "../../../src/app/operate/doctor.ts";
import { statusOf } from "../../../src/app/status.ts";
import { sync } from "../../../src/app/keep/sync.ts";
import { verify } from "../../../src/app/operate/verify.ts";
import type { Database } from "../../../src/db/database.ts";
import type { IndexRecord } from "../../../src/db/index-record.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { createEmbedder, type Embedder } from "../../../src/embed/embedder.ts";
import { describeDatabases } from "../../support/databases.ts";

describeDatabases("verify and doctor", (databases) => {
  let database: Database;
  let index: IndexRecord;
  let embedder: Embedder;
  const entries = () => `ltd.entry_${index.id}`;
  const settled = async () => {
    await sync(database, index, embedder);
    const result = await verify(database, index, embedder);
    assert.ok(result.ok, JSON.stringify(result));
    return result;
  };

  before(async () => {
    database = await databases.create("initialised");
    embedder = await createEmbedder({ threads: 1 });
    await database.script(`create schema "Other";
      create table "Other"."Zeilen" (shop int, "Nummer" text, title text, body text, primary key (shop, "Nummer"));
      insert into "Other"."Zeilen" select n % 3, 'n' || n, '第' || n || '个问题', case when n % 10 = 0 then null else '怎么办' end
        from generate_series(1, 50) n;
      insert into "Other"."Zeilen" values (9, 'empty', '？！', null), (9, 'long', repeat('很长', 5000), 'x')`);
    await add(database, embedder.model, { name: "zeilen", table: '"Other"."Zeilen"', template: "{title} {{{body}}}" });
    index = await getIndex(database, "zeilen");
  });
  after(() => embedder.close());

  it("finds nothing wrong where rows are queued, nor after sync", async () => {
    const queued = await verify(database, index, embedder);
    assert.deepEqual([queued.ok, queued.compared], [true, 0]);
    const done = await settled();
    assert.deepEqual([done.compared, done.examples, done.problems, done.queued], [52, [], [], null]);
  });

  it("finds missing, orphan, stale, wrong-model and wrong-dimension entries, and queues exactly those", async () => {
    await database.script(`
      delete from ${entries()} where key_2 = 'n1';
      insert into ${entries()} select 7, 'x"y,\\', content_hash, embedding, truncated, words from ${entries()} where key_2 = 'n2';
      update ${entries()} set content_hash = '\\x00' where key_2 = 'n3';
      update ${entries()} set embedding = null where key_2 = 'n4';
      update ${entries()} set embedding = (select embedding from ${entries()} where key_2 = 'n5') where key_2 = 'empty';
      insert into ltd.model (id, sha256, dims, max_chars) values ('other', 'abc', 3, 10)`);
    const hash = Buffer.from(hashOfText("abc", "第6个问题 {怎么办}")).toString("hex");
    await database.query(`update ${entries()} set content_hash = decode('${hash}', 'hex') where key_2 = 'n6'`);
    // a row that is queued is not wrong
    await database.query(`update "Other"."Zeilen" set title = 'changed' where "Nummer" = 'n7'`);

    const found = await verify(database, index, embedder);
    assert.equal(found.ok, false);
    assert.deepEqual(found.examples.map(({ fault, key }) => `${fault} ${key.join("/")}`).toSorted(), [
      "missing 1/n1",
      'orphan 7/x"y,\\',
      "stale 0/n3",
      "wrongDimension 1/n4",
      "wrongDimension 9/empty",
      "wrongModel 0/n6",
    ]);
    assert.deepEqual(
      [found.missing, found.orphan, found.stale, found.wrongModel, found.wrongDimension, found.queued],
      [1, 1, 1, 1, 2, null],
    );
    assert.equal((await statusOf(database, index)).pending, 1, "without repair nothing is queued");
    assert.equal((await verify(database, index, embedder, { repair: true })).queued, 6);
    assert.equal((await statusOf(database, index)).pending, 7);
    await settled();
  });

  it("finds triggers that are missing or do not fire, and changes that were missed", async () => {
    const [{ name }] = (await database.query<{ name: string }>(
      `select tgname as name from pg_trigger where tgrelid = '"Other"."Zeilen"'::regclass and tgname like '%insert%'`,
    )) as [{ name: string }];
    await database.script(`alter table "Other"."Zeilen" disable trigger all;
      update "Other"."Zeilen" set title = '没人看见' where "Nummer" = 'n8';
      delete from "Other"."Zeilen" where "Nummer" = 'n9';
      drop trigger "${name}" on "Other"."Zeilen"; insert into "Other"."Zeilen" values (1, 'new', '新的', null);
      alter table "Other"."Zeilen" enable trigger all`);
    const report = await doctor(database);
    assert.ok(
      report.some(({ level, found }) => level === "problem" && found.includes(`${name} is missing`)),
      JSON.stringify(report),
    );
    const found = await verify(database, index, embedder, { repair: true });
    assert.ok(
      found.problems.some((problem) => problem.includes(`${name} is missing`)),
      found.problems.join(),
    );
    assert.ok(
      found.problems.some((problem) => problem.includes("does not fire when it should")),
      found.problems.join(),
    );
    assert.deepEqual([found.missing, found.orphan, found.stale, found.queued], [1, 1, 1, 3]);
    await settled();
    await database.query(`update "Other"."Zeilen" set title = '又看见了' where "Nummer" = 'new'`);
    assert.equal((await statusOf(database, index)).pending, 1);
    await settled();
  });

  it("finds a vector index that is missing or invalid", async () => {
    await database.query(`drop index ltd.entry_${index.id}_embedding_idx`);
    assert.deepEqual((await verify(database, index, embedder)).problems, ["the vector index is missing"]);
    await verify(database, index, embedder, { repair: true });
    await database.query(
      `update pg_index set indisvalid = false where indexrelid = 'ltd.entry_${index.id}_embedding_idx'::regclass`,
    );
    const found = await verify(database, index, embedder, { repair: true });
    assert.deepEqual([found.ok, found.problems], [false, ["the vector index is invalid"]]);
    await settled();
  });

  it("compares one snapshot, in which nothing moves", { skip: databases.kind === "embedded" }, async () => {
    let moved = false;
    const result = await verify(database, index, {
      ...embedder,
      get model() {
        if (!moved) void database.query(`delete from "Other"."Zeilen" where shop = 1`);
        moved = true;
        return embedder.model;
      },
    });
    assert.ok(result.ok, JSON.stringify(result));
    await settled();
  });

  it("finds what no look can: a row of a view that was changed under a time of long ago", async () => {
    await database.script(`create table told (id int primary key, title text, changed timestamptz default now());
      insert into told (id, title) values (1, '怎么退款'), (2, '怎么开发票'); create view teller as select * from told`);
    await add(database, embedder.model, { table: "teller", template: "{title}", key: ["id"], updatedAt: "changed" });
    const polled = await getIndex(database, "teller");
    assert.equal((await sync(database, polled, embedder)).embedded, 2);
    await database.query("update told set title = '如何退款', changed = now() - interval '11 minutes' where id = 1");
    const looked = await sync(database, polled, embedder);
    assert.equal(looked.embedded, 0, "older than what a look goes back");
    const found = await verify(database, polled, embedder, { repair: true });
    assert.deepEqual([found.stale, found.queued, found.examples], [1, 1, [{ fault: "stale", key: ["1"] }]]);
    assert.equal((await sync(database, polled, embedder)).embedded, 1);
    assert.ok((await verify(database, polled, embedder)).ok);
  });

  it("doctor names the model that came in the place of an earlier one", async () => {
    const told = async () => (await doctor(database)).filter(({ check }) => check === "index zeilen");
    const swap = (from: string, to: string) =>
      database.script(`insert into ltd.model select (jsonb_populate_record(m, '{"id": "${to}"}')).* from ltd.model m where id = '${from}' on conflict do nothing;
        update ltd.index set model_id = '${to}' where model_id = '${from}'`);
    const { id } = embedder.model.description;
    assert.ok(!(await told()).some(({ found }) => found.includes("no model package")), "it is here");
    await swap(id, "ltd-zh-1-tiny");
    const [first] = (await told()).filter(({ found }) => found.includes("no model package"));
    assert.match(first?.found ?? "", /models.ltd-zh-1-tiny$/);
    assert.match(first?.advice ?? "", /^ltd-zh-2-tiny is bundled in its place.*generation build.*generation switch/);
    await swap("ltd-zh-1-tiny", id);
  });

  it("says that a column is gone, and doctor what is wrong and what to do", async () => {
    const levels = async () =>
      (await doctor(database)).filter(({ level }) => level === "problem").map(({ found }) => found);
    assert.deepEqual(await levels(), []);
    await database.script(`alter table "Other"."Zeilen" rename column title to titel`);
    await assert.rejects(verify(database, index, embedder), { code: "source", message: /title/ });
    await database.script(`alter table "Other"."Zeilen" rename column titel to title`);
    await database.script("alter table ltd.migration rename to hidden");
    assert.match((await levels()).join(), /no schema ltd/);
    await database.script("alter table ltd.hidden rename to migration");
    const names = (await doctor(database)).map(({ check }) => check);
    for (const name of ["server", "pgvector", "schema", "model", "words", "role", "notify", "index zeilen"])
      assert.ok(names.includes(name), name);
    await database.script('drop table "Other"."Zeilen"');
    assert.match((await levels()).join(), /was dropped/);
  });
});
