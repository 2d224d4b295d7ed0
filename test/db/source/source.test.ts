import assert from "node:assert/strict";
import { before, it } from "node:test";
import type { Database } from "../../../src/db/database.ts";
import { getIndex, listIndexes } from "../../../src/db/indexes/find-index.ts";
import { createIndex, dropIndex, type NewIndex } from "../../../src/db/indexes/index-store.ts";
import { chooseKey, describeSource, requireColumns, requireVisible } from "../../../src/db/source/source.ts";
import { LtdError } from "../../../src/errors.ts";
import { describeDatabases, describeServer } from "../../support/databases.ts";
import { addIndex, model, prepare } from "../fixture.ts";

async function failure(work: Promise<unknown>): Promise<LtdError> {
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  assert.ok(error instanceof LtdError, String(error));
  return error;
}

describeDatabases("source tables", (databases) => {
  let database: Database;
  before(async () => {
    database = await databases.create();
    await prepare(database);
    await database.script(`
      create table faq (id bigint generated always as identity primary key, title text not null, body varchar(20), at timestamptz);
      create schema shop;
      create table shop."Weird ""Table""" ("Ключ" uuid primary key, title text);
      create table no_key (id integer, code text not null unique, title text);
      create table bare (title text);
      create table money_key (id money primary key, small smallint not null unique, title text);
      create view seen as select * from faq;
      create table parts (id integer primary key, title text) partition by range (id);
      create table parts_1 partition of parts for values from (1) to (10);
      create table parent (id integer primary key, title text);
      create table child () inherits (parent);
      create temporary table passing (id integer primary key, title text)`);
  });

  it("are found by the name that SQL would use", async () => {
    const faq = await describeSource(database, "FAQ");
    assert.deepEqual([faq.schema, faq.table, faq.primaryKey], ["public", "faq", ["id"]]);
    assert.deepEqual(
      faq.columns.map(({ name, type, isText }) => [name, type, isText]),
      [
        ["id", "bigint", false],
        ["title", "text", true],
        ["body", "character varying(20)", true],
        ["at", "timestamp with time zone", false],
      ],
    );
    assert.equal((await describeSource(database, "public.faq")).oid, faq.oid);
    assert.equal((await describeSource(database, `shop."Weird ""Table"""`)).table, 'Weird "Table"');
  });

  it("that do not exist give the names that may be meant", async () => {
    const close = await failure(describeSource(database, "fqa"));
    assert.equal(close.code, "source");
    assert.equal(close.message, "there is no table fqa");
    assert.match(close.hint ?? "", /did you mean public\.faq/);
    assert.match((await failure(describeSource(database, "public.no_kye"))).hint ?? "", /public\.no_key/);
    assert.match((await failure(describeSource(database, "zzzzzzzzzzzz"))).hint ?? "", /the tables are: .*public\.faq/);
    for (const name of ["", "a b", "a.b.c.d", '"', "faq; drop table faq", "faq'--", "other.public.faq", '""']) {
      assert.equal((await failure(describeSource(database, name))).code, "source", name);
    }
    await describeSource(database, "faq");
  });

  it("of other kinds are refused, and it is said which", async () => {
    const refused = {
      seen: /a view/,
      parent: /inheritance/,
      passing: /temporary/,
      faq_pkey: /no table/,
      "pg_catalog.pg_class": /system/,
      "ltd.word": /ltd-index's own/,
    };
    for (const [name, message] of Object.entries(refused)) {
      const error = await failure(describeSource(database, name));
      assert.equal(error.code, "source");
      assert.match(error.message, message);
    }
  });

  it("have a key: the primary key, or unique columns that are asked for", async () => {
    const faq = await describeSource(database, "faq");
    assert.deepEqual(await chooseKey(database, faq), [{ name: "id", type: "bigint" }]);
    assert.match((await failure(chooseKey(database, faq, ["title"]))).hint ?? "", /--key id/);
    assert.match((await failure(chooseKey(database, faq, ["ids"]))).hint ?? "", /did you mean id\?.*title, body/);

    const noKey = await describeSource(database, "no_key");
    const error = await failure(chooseKey(database, noKey));
    assert.match(error.message, /no_key has no primary key/);
    assert.match(error.hint ?? "", /--key code/);
    assert.deepEqual(await chooseKey(database, noKey, ["code"]), [{ name: "code", type: "text" }]);
    assert.match(
      (await failure(chooseKey(database, await describeSource(database, "bare")))).hint ?? "",
      /add column id bigint/,
    );

    const bills = await describeSource(database, "money_key");
    const type = await failure(chooseKey(database, bills));
    assert.match(type.message, /key column id of public\.money_key has the type money/);
    assert.match(type.hint ?? "", /use --key small/);
    await database.script("create unique index on faq (body)");
    assert.match((await failure(chooseKey(database, faq, ["body"]))).message, /body of public\.faq can be null/);
  });

  it("have the columns that a template names", async () => {
    const faq = await describeSource(database, "faq");
    requireColumns(faq, ["title", "body"]);
    assert.throws(() => requireColumns(faq, ["titel"]), {
      code: "source",
      hint: /did you mean title\? its columns are: id, title, body, at/,
    });
  });
});

describeServer("source tables of PostgreSQL 18", (databases) => {
  it("have no virtual column to be captured: triggers do not see it", async (test) => {
    const database = await databases.create("initialised");
    const [server] = await database.query<{ version: number }>(
      "select current_setting('server_version_num')::int as version",
    );
    if ((server?.version ?? 0) < 180_000) return test.skip("this server has no virtual generated columns");
    await database.script(
      "create table faq (id integer primary key, a text, title text generated always as (a || '!') virtual)",
    );
    const source = await describeSource(database, "faq");
    requireVisible(source, ["a"]);
    assert.throws(() => requireVisible(source, ["a", "title"]), {
      code: "source",
      message: /title .* virtual/,
      hint: /stored/,
    });
    requireVisible(await describeSource(database, "faq", true), ["title"]);
  });
});

describeDatabases("indexes", (databases) => {
  let database: Database;
  let wanted: NewIndex;
  before(async () => {
    database = await databases.create();
    await prepare(database);
    await database.script(
      "create table faq (id integer primary key, title text); create table spare (id integer primary key, title text)",
    );
    wanted = {
      name: "faq",
      schema: "public",
      table: "faq",
      key: [{ name: "id", type: "integer" }],
      template: "{title}",
      columns: ["title"],
      capture: "statement",
      modelId: model.id,
    };
  });

  it("are made, read, listed and taken away without a trace", async () => {
    const before = await database.query("select tgname from pg_trigger where not tgisinternal");
    const made = await createIndex(database, wanted);
    assert.deepEqual(await getIndex(database, "faq"), made);
    assert.deepEqual([made.dims, made.key, made.sourceExists, made.enqueuedAt], [3, wanted.key, true, null]);
    assert.deepEqual(
      (await listIndexes(database)).map(({ name }) => name),
      ["faq"],
    );
    const [{ triggers } = { triggers: 0 }] = await database.query<{ triggers: number }>(
      "select count(*)::int as triggers from pg_trigger where tgrelid = 'faq'::regclass",
    );
    assert.equal(triggers, 5);
    await database.query("insert into faq values (1, 'x')");
    await dropIndex(database, "faq");
    assert.deepEqual(await listIndexes(database), []);
    assert.deepEqual(await database.query("select tgname from pg_trigger where not tgisinternal"), before);
    assert.deepEqual(await database.query("select * from ltd.queue"), []);
    assert.deepEqual(await database.query("select relname from pg_class where relname like 'entry%'"), []);
  });

  it("have a name of their own, of a plain form", async () => {
    await createIndex(database, wanted);
    assert.match((await failure(createIndex(database, wanted))).message, /the index faq already exists/);
    for (const name of [
      "",
      "Faq",
      "1a",
      "a-b",
      'a"; drop table faq; --',
      "a".repeat(46),
      "a b",
      "词".repeat(16),
      "词。",
    ]) {
      assert.equal((await failure(createIndex(database, { ...wanted, name }))).code, "index", name);
    }
    for (const name of ["a".repeat(45), "词".repeat(15)]) {
      await dropIndex(database, (await createIndex(database, { ...wanted, name })).name);
    }
    const missing = await failure(getIndex(database, "fqa"));
    assert.equal(missing.code, "index");
    assert.match(missing.hint ?? "", /the indexes are: faq/);
  });

  it("need a model that the database knows", async () => {
    const error = await failure(createIndex(database, { ...wanted, name: "other", modelId: "nobody" }));
    assert.equal(error.code, "model");
    assert.deepEqual(
      (await listIndexes(database)).map(({ name }) => name),
      ["faq"],
      "nothing is left of it",
    );
  });

  it("follow a table that is renamed or moved, and can be dropped after the table", async () => {
    const index = await addIndex(database, { name: "spare", table: "spare" });
    await database.script(
      "create schema elsewhere; alter table spare rename to moved; alter table moved set schema elsewhere",
    );
    const moved = await getIndex(database, index.name);
    assert.deepEqual([moved.schema, moved.table], ["elsewhere", "moved"]);
    await database.script("drop table elsewhere.moved");
    assert.equal((await getIndex(database, index.name)).sourceExists, false);
    await dropIndex(database, index.name);
  });
});
