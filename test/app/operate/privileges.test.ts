import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { match } from "../../../src/app/ask/match.ts";
import { searchableIndex } from "../../../src/app/ask/searchable.ts";
import { exportIndex } from "../../../src/app/file/export.ts";
import { installSql } from "../../../src/app/functions/install.ts";
import { add } from "../../../src/app/keep/add.ts";
import { init } from "../../../src/app/keep/init.ts";
import { sync } from "../../../src/app/keep/sync.ts";
import { doctor } from "../../../src/app/operate/doctor.ts";
import { verify } from "../../../src/app/operate/verify.ts";
import { captureProblems } from "../../../src/db/capture/capture-problems.ts";
import { openServer } from "../../../src/db/connect/server.ts";
import type { Database } from "../../../src/db/database.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { createEmbedder, type Embedder } from "../../../src/embed/embedder.ts";
import { describeServer } from "../../support/databases.ts";
import { urlAs } from "../../support/roles.ts";

const grantsOfWorker = (role: string): string => `grant usage on schema ltd to ${role};
  grant select, insert, update, delete on all tables in schema ltd to ${role}; grant usage on all sequences in schema ltd to ${role}`;

describeServer("a table of a weaker role", (databases) => {
  const mallory = `ltd_mallory_${process.pid}`;
  const worker = `ltd_weak_${process.pid}`;
  let target: string;
  let superuser: Database;
  let embedder: Embedder;
  const opened: Database[] = [];
  const as = async (role: string): Promise<Database> => {
    const database = await openServer(urlAs(target, role));
    opened.push(database);
    return database;
  };
  const isSuperuser = async () =>
    (await superuser.query<{ rolsuper: boolean }>("select rolsuper from pg_roles where rolname = $1", [mallory]))[0]!
      .rolsuper;
  before(async () => {
    target = await databases.createTarget();
    superuser = await openServer(target);
    opened.push(superuser);
    embedder = await createEmbedder({ threads: 1 });
    await init(superuser, embedder.model);
    await superuser.script(`create role ${mallory} login password 'secret'; create role ${worker} login password 'secret';
      create schema shop authorization ${mallory}`);
  });
  after(async () => {
    await embedder.close();
    await Promise.all(opened.map((database) => database.close()));
    // the database, and with it all that they own, is gone
    const server = await openServer(process.env["LTD_TEST_DATABASE_URL"]!);
    await server.script(`drop role ${mallory}; drop role ${worker}`);
    await server.close();
  });
  /** A type whose cast makes its owner a superuser, if a superuser runs it. */
  const evil = `create type shop.evil as (a text);
    create function shop.show(shop.evil) returns text language plpgsql as $f$
      begin begin execute 'alter role ${mallory} superuser'; exception when others then null; end; return '退款'; end $f$;
    create cast (shop.evil as text) with function shop.show(shop.evil)`;

  it("does not make its owner a superuser by a cast: neither its triggers nor a superuser's reading run it", async () => {
    const owner = await as(mallory);
    await owner.script(
      "create table shop.faq (id int primary key, q text); insert into shop.faq values (1, '怎么退款')",
    );
    await add(superuser, embedder.model, { table: "shop.faq" });
    const index = await getIndex(superuser, "faq");
    await superuser.query("select 1");
    await owner.query("update shop.faq set q = '如何退款'");
    assert.equal((await sync(superuser, index, embedder)).embedded, 1, "a table that is as it should be");
    await owner.script(`${evil}; alter table shop.faq rename column q to gone; alter table shop.faq add q shop.evil;
      update shop.faq set q = row('x')`);
    assert.equal(await isSuperuser(), false, "the trigger ran it as its owner");
    const refused = {
      code: "source",
      message:
        /to read shop\.faq would run shop\.show\(shop\.evil\) of the role ltd_mallory_\d+ with the rights of app/,
    };
    await assert.rejects(sync(superuser, index, embedder), refused);
    await assert.rejects(verify(superuser, index, embedder), refused);
    await assert.rejects(exportIndex(superuser, "faq", join(tmpdir(), `ltd-evil-${process.pid}.ltd`)), refused);
    await assert.rejects(match(searchableIndex(superuser, { record: index, embedder }), ["退款"]), refused);
    await installSql(superuser);
    await assert.rejects(superuser.query("select * from ltd.match('faq', '退款')"), refused);
    await assert.rejects(superuser.query("select * from ltd.search('faq', '退款')"), refused);
    assert.equal(await isSuperuser(), false);
    // a role without rights that are worth it may
    await superuser.script(
      `${grantsOfWorker(worker)}; grant usage on schema shop to ${worker}; grant select on shop.faq to ${worker}`,
    );
    const { seconds: _, ...done } = await sync(await as(worker), index, embedder);
    assert.equal(done.embedded, 1, JSON.stringify(done));
    await owner.script("alter table shop.faq drop column q cascade; alter table shop.faq rename column gone to q");
    assert.equal((await sync(superuser, index, embedder)).embedded, 1);
  });

  it("nor by a function of its filter, of a view, or an operator", async () => {
    const owner = await as(mallory);
    await owner.script(`create table shop.note (id int primary key, title text, at timestamptz default now());
      insert into shop.note values (1, '怎么退款');
      create function shop.is_public(int) returns boolean language plpgsql immutable as $f$
        begin begin execute 'alter role ${mallory} superuser'; exception when others then null; end; return true; end $f$;
      create function shop.same(text, text) returns boolean language sql immutable as 'select true';
      create operator shop.=== (leftarg = text, rightarg = text, function = shop.same);
      create view shop.shown as select *, shop.is_public(id) as p from shop.note;
      create view shop.over as select * from shop.shown`);
    const refused = {
      code: "source",
      message: /would run shop\.\w+\(.*\) of the role ltd_mallory/,
      hint: /worker.*docs\/roles\.md/,
    };
    const filters = {
      by_function: "shop.is_public(id)",
      by_operator: "title operator(shop.===) 'a.b()'",
      by_name: `"title" <> 'it''s' and shop.is_public(id)`,
    };
    for (const [name, where] of Object.entries(filters))
      await assert.rejects(
        add(superuser, embedder.model, { table: "shop.note", template: "{title}", name, where }),
        refused,
        where,
      );
    for (const view of ["shop.shown", "shop.over"])
      await assert.rejects(
        add(superuser, embedder.model, { table: view, key: ["id"], template: "{title}", updatedAt: "at" }),
        refused,
        view,
      );
    assert.equal(await isSuperuser(), false);
    await add(superuser, embedder.model, {
      table: "shop.note",
      template: "{title}",
      name: "plain",
      where: "title <> 'a.b(c)' and id > 0.5",
    });
    assert.equal((await sync(superuser, await getIndex(superuser, "plain"), embedder)).embedded, 1);
  });

  it("is reported if it has changed its owner, and its functions follow", async () => {
    await superuser.script("create table given (id int primary key, q text); insert into given values (1, '怎么退款')");
    await add(superuser, embedder.model, { table: "given" });
    const index = await getIndex(superuser, "given");
    await superuser.query(`alter table given owner to ${mallory}`);
    const problem = `functions of its triggers belong to app, the table to ${mallory}`;
    assert.deepEqual(await captureProblems(superuser, index), [problem]);
    assert.deepEqual((await sync(superuser, index, embedder)).problems, [problem]);
    assert.ok(!(await verify(superuser, index, embedder, { repair: true })).ok);
    assert.deepEqual(await captureProblems(superuser, index), []);
    await (await as(mallory)).query("update given set q = '如何退款'");
    assert.equal((await sync(superuser, index, embedder)).embedded, 1);
    const [may] = await superuser.query("select has_schema_privilege($1, 'ltd', 'create') as create", [mallory]);
    assert.deepEqual(may, { create: false });
  });
});

describeServer("row-level security of a source", (databases) => {
  it("never makes a worker take hidden rows for gone", async () => {
    const target = await databases.createTarget();
    const owner = await openServer(target);
    const [worker, holder] = [`ltd_worker_${process.pid}`, `ltd_holder_${process.pid}`];
    const opened: Database[] = [owner];
    const as = async (role: string): Promise<Database> => {
      opened.push(await openServer(urlAs(target, role)));
      return opened.at(-1)!;
    };
    const embedder = await createEmbedder({ threads: 1 });
    const out = join(tmpdir(), `ltd-rls-${process.pid}.ltd`);
    try {
      await init(owner, embedder.model);
      await owner.script(`create role ${worker} login password 'secret'; create role ${holder} login password 'secret';
        create table faq (id int primary key, question text, is_open boolean default false);
        insert into faq select n, '第' || n || '个问题' from generate_series(1, 50) n;
        `);
      await add(owner, embedder.model, { table: "faq", template: "{question}" });
      const index = await getIndex(owner, "faq");
      await sync(owner, index, embedder);
      await owner.script(`${grantsOfWorker(worker)}; grant select on faq to ${worker};
        alter table faq enable row level security; create policy open_rows on faq to ${worker} using (is_open);
        update faq set question = question || '？' where id <= 40; update faq set is_open = true where id > 45`);
      const hidden = {
        code: "source",
        message: `row-level security hides rows of public.faq from the role ${worker}`,
        hint: /alter role ltd_worker_\d+ bypassrls/,
      };
      const database = await as(worker);
      await assert.rejects(sync(database, index, embedder), hidden);
      await assert.rejects(verify(database, index, embedder), hidden);
      await assert.rejects(verify(database, index, embedder, { repair: true }), hidden);
      await assert.rejects(exportIndex(database, "faq", out), hidden);
      assert.match(
        JSON.stringify(await doctor(database)),
        /row-level security hides rows of public\.faq from the role ltd_worker/,
      );
      assert.deepEqual(await owner.query("select count(*)::int as entries from ltd.entry_faq"), [{ entries: 50 }]);
      // who asks sees what the policy lets him see
      assert.deepEqual(
        (await match(searchableIndex(database, { record: index, embedder }), ["第7个问题"], { limit: 20 }))[0]!.answers
          .map(({ key }) => Number(key[0]))
          .toSorted((a, b) => a - b),
        [46, 47, 48, 49, 50],
      );
      await owner.query(`alter role ${worker} bypassrls`);
      assert.equal((await sync(database, index, embedder)).embedded, 40);
      const exposed = "ltd.entry_1 shows words and vectors of rows that row-level security hides";
      const { problems, examples } = await verify(database, index, embedder);
      assert.deepEqual({ problems, examples }, { problems: [exposed], examples: [] });
      await verify(owner, index, embedder, { repair: true });
      assert.ok((await verify(database, index, embedder)).ok);

      // the owner himself, where it is forced
      await owner.script(
        `${grantsOfWorker(holder)}; grant create on schema public to ${holder}; alter table faq owner to ${holder}; alter table faq force row level security`,
      );
      const own = await as(holder);
      await owner.query("truncate faq");
      await assert.rejects(sync(own, index, embedder), {
        code: "source",
        message: /hides rows/,
        hint: /alter table public\.faq no force row level security/,
      });
      await owner.query("alter table faq no force row level security");
      assert.equal((await sync(own, index, embedder)).deleted, 50);
    } finally {
      await embedder.close();
      await owner.script(`drop owned by ${worker}, ${holder}; drop role ${worker}; drop role ${holder}`);
      await Promise.all(opened.map((database) => database.close()));
    }
  });

  it("of a table below a view, and of a partition alone, is seen too", async () => {
    const target = await databases.createTarget();
    const owner = await openServer(target);
    const worker = `ltd_worker_${process.pid}_2`;
    const embedder = await createEmbedder({ threads: 1 });
    let database: Database | undefined;
    try {
      await init(owner, embedder.model);
      await owner.script(`create role ${worker} login password 'secret';
        create table faq (id int primary key, question text, at timestamptz default now());
        insert into faq values (1, '怎么退款'); alter table faq enable row level security;
        create view shown with (security_invoker = true) as select * from faq;
        create table log (id int primary key, question text) partition by range (id);
        create table log_1 partition of log for values from (0) to (10); insert into log values (1, '怎么退款')`);
      await add(owner, embedder.model, { table: "shown", key: ["id"], template: "{question}", updatedAt: "at" });
      await add(owner, embedder.model, { table: "log" });
      const [shown, log] = [await getIndex(owner, "shown"), await getIndex(owner, "log")];
      await sync(owner, shown, embedder);
      await sync(owner, log, embedder);
      await owner.script(`${grantsOfWorker(worker)}; grant select on faq, shown, log, log_1 to ${worker};
        truncate log_1; insert into log values (2, '如何退款'); alter table log_1 enable row level security`);
      database = await openServer(urlAs(target, worker));
      await assert.rejects(sync(database, shown, embedder), { code: "source", message: /hides rows of public\.shown/ });
      await assert.rejects(sync(database, log, embedder), {
        code: "database",
        message: /row-level security policy for table "log_1"/,
      });
      assert.deepEqual(await owner.query("select key from ltd.entry_log"), [{ key: 1 }]);
    } finally {
      await embedder.close();
      await database?.close();
      await owner.script(`drop owned by ${worker}; drop role ${worker}`);
      await owner.close();
    }
  });
});
