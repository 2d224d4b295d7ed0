import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { addAlias } from "../../../src/app/ask/alias.ts";
import { match } from "../../../src/app/ask/match.ts";
import { searchableIndex } from "../../../src/app/ask/searchable.ts";
import { search } from "../../../src/app/ask/search.ts";
import { similar } from "../../../src/app/ask/similar.ts";
import { dedupe } from "../../../src/app/cluster/dedupe.ts";
import { exportIndex } from "../../../src/app/file/export.ts";
import { installSql } from "../../../src/app/functions/install.ts";
import { add } from "../../../src/app/keep/add.ts";
import { init } from "../../../src/app/keep/init.ts";
import { remove } from "../../../src/app/keep/remove.ts";
import { sync } from "../../../src/app/keep/sync.ts";
import { doctor } from "../../../src/app/operate/doctor.ts";
import { verify } from "../../../src/app/operate/verify.ts";
import { setWeights } from "../../../src/app/operate/weights.ts";
import { status } from "../../../src/app/shards/status.ts";
import { openServer } from "../../../src/db/connect/server.ts";
import type { Database } from "../../../src/db/database.ts";
import { sqlState } from "../../../src/db/failure.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { createEmbedder } from "../../../src/embed/embedder.ts";
import { describeServer } from "../../support/databases.ts";

const sources = globSync(join(import.meta.dirname, "../../../{sql,migrations}/**/*.sql")).map((path) =>
  readFileSync(path, "utf8"),
);

/** Every function of Postgres that a statement of ours calls, again in schema `trap`, where it fails; and the operators and tables that are used most. */
const traps = `
  create schema trap;
  create table trap.pg_class (oid oid, relname name);
  create table trap.pg_attribute (attrelid oid);
  create table trap.pg_proc (oid oid);
  do $$
  declare
    each record;
    body constant text := 'begin raise exception ''a trap was called''; end';
  begin
    for each in
      select p.proname, pg_get_function_identity_arguments(p.oid) as arguments, pg_get_function_result(p.oid) as result
      from pg_proc p
      where p.pronamespace = 'pg_catalog'::regnamespace and p.prokind = 'f' and p.proname = any ($names$)
        and not ('"any"'::regtype = any (p.proargtypes::oid[]) or 'internal'::regtype = any (p.proargtypes::oid[]))
        and p.prorettype not in ('internal'::regtype, 'record'::regtype)
    loop
      execute format('create function trap.%I(%s) returns %s language plpgsql as %L', each.proname, each.arguments, each.result, body);
    end loop;
    for each in select unnest(array['text', 'integer', 'oid', 'name', 'text[]', 'jsonb']) as type loop
      execute format('create function trap.same(%1$s, %1$s) returns boolean language plpgsql as %2$L', each.type, body);
      execute format('create operator trap.= (leftarg = %1$s, rightarg = %1$s, function = trap.same)', each.type);
    end loop;
    create function trap.format(text, name, name) returns text language plpgsql as 'begin raise exception ''a trap was called''; end';
    create function trap.concat_ws(text, oid, oid) returns text language plpgsql as 'begin raise exception ''a trap was called''; end';
  end
  $$`;

describeServer("search_path", (databases) => {
  it("of a role has no part in what our statements call", { timeout: 300_000 }, async () => {
    const names = [
      ...new Set(sources.flatMap((sql) => [...sql.matchAll(/\b([a-z_0-9]+)\(/g)].map(([, name]) => name!))),
    ];
    assert.ok(names.length > 60 && names.includes("format") && names.includes("pg_notify"));
    const target = await databases.createTarget();
    const maker = await openServer(target);
    await maker.script(traps.replace("$names$", `'{${names.join(",")}}'`));
    await maker.script(`
      create table public.faq (id int primary key, question text);
      insert into public.faq select n, '第' || n || '个问题' from generate_series(1, 30) n;
      create table public.log (id int primary key, question text) partition by range (id);
      create table public.log_1 partition of public.log for values from (0) to (100);
      insert into public.log values (1, '怎么退款')`);
    await maker.script(
      `do $$ begin execute format('alter database %I set search_path = trap, pg_catalog, public', current_database()); end $$`,
    );
    await maker.close();
    const database = await openServer(target);
    const embedder = await createEmbedder({ threads: 1 });
    try {
      await assert.rejects(database.query("select format('%s', 'a'::name, 'b'::name)"), {
        message: /a trap was called/,
      });
      await init(database, embedder.model);
      await add(database, embedder.model, { table: "public.faq", where: "id > 0" });
      await add(database, embedder.model, { table: "public.log" });
      for (const name of ["faq", "log"]) {
        const index = await getIndex(database, name);
        assert.equal((await sync(database, index, embedder)).failed, 0);
        assert.deepEqual((await verify(database, index, embedder, { repair: true })).examples, []);
      }
      await database.script(
        "create table public.log_2 partition of public.log for values from (100) to (200); insert into public.log values (101, '退款')",
      );
      await database.script("truncate public.log_1; insert into public.log values (2, '怎么退货')");
      assert.equal((await sync(database, await getIndex(database, "log"), embedder)).deleted, 1);
      const index = await getIndex(database, "faq");
      await addAlias(database, "faq", [{ key: 3, question: "三" }]);
      const [answer] = await match(searchableIndex(database, { record: index, embedder }), ["第3个问题"]);
      assert.deepEqual(answer!.answers[0]!.key, ["3"]);
      assert.ok((await search(database, index, embedder, ["问题"]))[0]!.hits.length > 0);
      assert.ok((await similar(database, index, 3)).length > 0);
      assert.equal((await dedupe(database, "faq", { save: true })).rows, 30);
      await setWeights(database, "faq", [{ word: "问题", idf: 2 }]);
      await exportIndex(database, "faq", join(tmpdir(), `ltd-path-${process.pid}.ltd`));
      await installSql(database);
      assert.deepEqual((await database.query("select key from ltd.match('faq', '第3个问题', 1)"))[0], { key: ["3"] });
      assert.deepEqual(
        (await doctor(database)).filter(({ level }) => level === "problem"),
        [],
      );
      assert.equal((await status(database)).length, 2);
      await remove(database, "faq");
    } finally {
      await embedder.close();
      await database.close();
    }
  });

  it("of a superuser does not run a better match that another role left in public", async () => {
    const target = await databases.createTarget();
    const owner = await openServer(target);
    const mallory = `ltd_mallory_${process.pid}`;
    const embedder = await createEmbedder({ threads: 1 });
    let other: Database | undefined;
    try {
      await owner.script(`
        create role ${mallory} login password 'secret';
        grant create, usage on schema public to ${mallory};
        create table log (id int primary key, question text) partition by range (id);
        create table log_1 partition of log for values from (0) to (100);
        insert into log values (1, '怎么退款')`);
      await init(owner, embedder.model);
      await add(owner, embedder.model, { table: "log" });
      const url = new URL(target);
      [url.username, url.password] = [mallory, "secret"];
      other = await openServer(url.href);
      await other.script(`create function public.format(text, name, name) returns text language plpgsql
        as $f$ begin execute 'alter role ${mallory} superuser'; return pg_catalog.format($1, $2, $3); end $f$`);
      await owner.script("create table log_2 partition of log for values from (100) to (200)");
      await sync(owner, await getIndex(owner, "log"), embedder);
      const [role] = await owner.query("select rolsuper from pg_roles where rolname = $1", [mallory]);
      assert.deepEqual(role, { rolsuper: false });
    } finally {
      await embedder.close();
      await other?.close();
      await owner.script(`drop owned by ${mallory}; drop role ${mallory}`);
      await owner.close();
    }
  });

  it("and limits of a role do not end our own work, but its questions", async () => {
    const target = await databases.createTarget();
    const maker = await openServer(target);
    const [{ version }] = (await maker.query("select current_setting('server_version_num')::int as version")) as [
      { version: number },
    ];
    const limits = { statement_timeout: "50ms", lock_timeout: "50ms", idle_in_transaction_session_timeout: "2s" };
    for (const [name, limit] of Object.entries(version >= 170_000 ? { ...limits, transaction_timeout: "1s" } : limits))
      await maker.script(
        `do $$ begin execute format('alter database %I set ${name} = ''${limit}''', current_database()); end $$`,
      );
    await maker.close();
    const database = await openServer(target);
    const embedder = await createEmbedder({ threads: 1 });
    try {
      // by hand, as a table that takes long to read
      await database.script(
        "set statement_timeout = 0; create table faq (id int primary key, question text); insert into faq select n, '第' || n || '个问题' from generate_series(1, 3000) n; reset statement_timeout",
      );
      await init(database, embedder.model);
      await add(database, embedder.model, { table: "faq" });
      const index = await getIndex(database, "faq");
      // the check of the thresholds asks questions: one that is ended must not fail what is embedded
      assert.equal((await sync(database, index, embedder, { calibrate: true })).builtVectorIndex, true);
      assert.ok((await verify(database, index, embedder)).ok);
      await assert.rejects(
        match(searchableIndex(database, { record: index, embedder }), ["退款"], { where: "pg_sleep(1) is not null" }),
        (error: Error & { hint?: string }) => sqlState(error) === "57014" && /statement_timeout/.test(error.hint ?? ""),
      );
      const limited = (await doctor(database)).find(({ check }) => check === "limits");
      assert.equal(limited?.level, "warning");
      assert.match(
        `${limited?.found} ${limited?.advice}`,
        /statement_timeout is 50ms.*alter role app set statement_timeout/,
      );
    } finally {
      await embedder.close();
      await database.close();
    }
  });
});
