import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import pg from "pg";
import { dumpSql } from "../../../src/app/functions/dump.ts";
import { installSql, sqlStatus } from "../../../src/app/functions/install.ts";
import { add } from "../../../src/app/keep/add.ts";
import { init } from "../../../src/app/keep/init.ts";
import { sync } from "../../../src/app/keep/sync.ts";
import { verify } from "../../../src/app/operate/verify.ts";
import { addAlias } from "../../../src/app/ask/alias.ts";
import type { Database } from "../../../src/db/database.ts";
import { openServer } from "../../../src/db/connect/server.ts";
import { closingScript } from "../../../src/db/functions/script.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { schemaVersion } from "../../../src/db/schema/migrate.ts";
import { createEmbedder, type Embedder } from "../../../src/embed/embedder.ts";
import { runCli } from "../../support/cli.ts";
import { describeDatabases, describeServer } from "../../support/databases.ts";
import { urlAs } from "../../support/roles.ts";

const TINY = "ltd-zh-2-tiny";

/** The script as a client takes it that is not psql. */
export async function scriptOf(models?: readonly string[]): Promise<string> {
  let script = "";
  for await (const each of dumpSql(models && { models })) script += each;
  return script.replaceAll(/^\\.*$/gm, "");
}

/** What a student's tables hold, whatever its number is. */
async function contents(database: Database): Promise<Record<string, unknown>> {
  const tables = await database.query<{ name: string }>(
    `select relname as name from pg_class
      where relnamespace = 'ltd'::regnamespace and relkind = 'r' and relname ~ '^student_[0-9]+_' order by 1`,
  );
  const found: Record<string, unknown> = {};
  for (const { name } of tables) {
    const [row] = await database.query<{ rows: number; hash: string }>(
      `select count(*)::integer as rows, md5(string_agg(t::text, '|' order by t::text collate "C")) as hash from ltd.${name} t`,
    );
    found[name.replace(/\d+/, "N")] = row;
  }
  [found["words"]] = await database.query(
    "select count(*)::integer as rows, md5(string_agg(w::text, '|' order by w.model_id, w.word)) as hash from ltd.word w where w.model_id = $1",
    [TINY],
  );
  found["functions"] = await database.query(
    `select regexp_replace(p.oid::regprocedure::text, 'student_[0-9]+', 'student_N') as name,
      md5(regexp_replace(p.prosrc, 'student_[0-9]+|s\\.id = [0-9]+', 'N', 'g')) as hash
      from pg_proc p where p.pronamespace = 'ltd'::regnamespace and p.proname !~ '^capture_' order by 1`,
  );
  return found;
}

describeDatabases("the script of sql dump", (databases) => {
  let database: Database;
  let script: string;
  let embedder: Embedder;
  before(async () => {
    database = await databases.create();
    // the smaller model: it takes a fifth of the time to load
    script = await scriptOf([TINY]);
    embedder = await createEmbedder({ threads: 1, model: TINY });
  });
  after(() => embedder.close());

  it("is at most 30 MB, and what `ltd-index sql dump` writes", async () => {
    const written = await scriptOf();
    assert.ok(Buffer.byteLength(written) < 30e6, String(written.length));
    const { code, stdout } = await runCli(["sql", "dump"]);
    assert.equal(code, 0);
    assert.equal(stdout.replaceAll(/^\\.*$/gm, "").replaceAll(/\n+/g, "\n"), written.replaceAll(/\n+/g, "\n"));
  });

  it("makes what init and sql install make, number by number", async () => {
    await database.script(script);
    const other = await databases.create("initialised");
    await installSql(other, { models: [TINY] });
    assert.deepEqual(await contents(database), await contents(other));
    assert.equal(await schemaVersion(database), await schemaVersion(other));
    assert.equal((await sqlStatus(database)).students[0]?.isCurrent, true);
    assert.deepEqual((await init(database, embedder.model)).applied, []);
  });

  it("keeps indexes, aliases and grants when it runs again", async () => {
    const reader = `ltd_dump_reader_${process.pid}_${databases.kind}`;
    await database.script(`create table faq (id int primary key, question text); create role ${reader};
      insert into faq values (1, '怎么退款'), (2, '怎么开发票')`);
    await add(database, embedder.model, { table: "faq" });
    await sync(database, await getIndex(database, "faq"), embedder);
    await addAlias(database, "faq", [{ key: 1, question: "钱怎么退回来" }]);
    await database.script(`revoke all on function ltd.embed(text) from public; grant execute on function ltd.embed(text) to ${reader};
      -- an older version's, of other parameters
      drop function ltd.similar(text, text[], integer); create function ltd.similar(text, text[]) returns integer language sql as 'select 1';
      grant execute on function ltd.similar(text, text[]) to ${reader};
      do $do$ begin execute format('grant select on ltd.%I to ${reader}', 'student_' || (select max(id) from ltd.student) || '_word'); end $do$`);
    const students = await sqlStatus(database);
    await database.script(script);
    const again = await sqlStatus(database);
    assert.equal(again.students.length, students.students.length);
    const [granted] = await database.query(
      `select has_function_privilege($1, 'ltd.embed(text)', 'execute') as may,
        has_function_privilege('public', 'ltd.embed(text)', 'execute') as all,
        (select array_agg(p.oid::regprocedure::text) from pg_proc p
          where p.proname = 'similar' and has_function_privilege($1, p.oid, 'execute') and p.proacl::text ~ $1) as similar,
        has_table_privilege($1, format('ltd.%I', 'student_' || (select max(id) from ltd.student) || '_word'), 'select') as reads,
        (select count(*)::integer from pg_class where relnamespace = 'ltd'::regnamespace and relname ~ '^student_[0-9]+_unit$') as students`,
      [reader],
    );
    assert.deepEqual(granted, {
      may: true,
      all: false,
      similar: ['ltd."similar"(text,text[],integer)'],
      reads: true,
      students: 1,
    });
    const [answer] = await database.query("select key, found from ltd.match('faq', '钱怎么退回来') limit 1");
    assert.deepEqual(answer, { key: ["1"], found: "alias" });
    await sync(database, await getIndex(database, "faq"), embedder);
    assert.equal((await verify(database, await getIndex(database, "faq"), embedder)).ok, true);
    await database.script(`drop owned by ${reader}; drop role ${reader}`);
  });

  it("refuses a newer schema", async () => {
    const newer = await databases.create("initialised");
    await newer.query("insert into ltd.migration (version, name, sha256) values (9999, 'x', 'x')");
    await assert.rejects(newer.script(script), /has version 9999 of schema ltd, this file has \d+/);
  });

  it("leaves nothing where it fails, can be run again, and takes pgvector in any schema", async () => {
    const half = await databases.create();
    await half.script(`create schema "My ext"; create extension vector schema "My ext"`);
    const broken = script.replace(/call ltd\.dump_words/, "call ltd.no_such_procedure");
    await assert.rejects(half.script(broken), /no_such_procedure/);
    await half.script("rollback").catch(() => {});
    assert.equal(await schemaVersion(half), 0);
    await half.script(script);
    const [row] = await half.query("select pg_typeof(ltd.embed('怎么退款'))::text as type");
    assert.equal(row!["type"], '"My ext".vector');
  });
});

describeServer("the script of sql dump, as a role without rights", (databases) => {
  const role = `ltd_dump_owner_${process.pid}`;
  it("says what to ask an administrator for, needs no more than its schema, and names models of another version", async () => {
    const target = await databases.createTarget();
    const admin = await openServer(target);
    await admin.script(`create role ${role} login password 'secret'`);
    const script = await scriptOf([TINY]);
    const weak = await openServer(urlAs(target, role));
    const refused = async (message: RegExp): Promise<void> => {
      await assert.rejects(weak.script(script), message);
      await weak.script("rollback");
    };
    await refused(/this role may not create the extension vector/);
    await admin.script("create extension vector");
    await refused(/this role may not create the schema ltd/);
    await admin.script(`create schema ltd authorization ${role}`);
    await weak.script(script);
    assert.notEqual((await weak.query("select ltd.embed('怎么退款') as v"))[0]!["v"], null);
    const client = new pg.Client({ connectionString: urlAs(target, role) });
    await client.connect();
    const warned: (string | undefined)[] = [];
    client.on("notice", ({ message }) => warned.push(message));
    const close = closingScript().close.join(";\n");
    await client.query(close);
    assert.ok(!warned.some((each) => each?.includes("another version")));
    await client.query(`update ltd.student set functions = 'older'; set search_path = pg_catalog; ${close}`);
    assert.ok(warned.includes(`the functions of these models are of another version: ${TINY}`));
    await client.end();
    await weak.close();
    await admin.script(`drop schema ltd cascade; drop owned by ${role}; drop role ${role}`);
    await admin.close();
  });
});
