import assert from "node:assert/strict";
import { copyFile, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { StartedPostgreSqlContainer } from "@testcontainers/postgresql";
import { buildExtension } from "../../../src/app/functions/extension.ts";
import { dumpSql } from "../../../src/app/functions/dump.ts";
import { installSql } from "../../../src/app/functions/install.ts";
import { init } from "../../../src/app/keep/init.ts";
import { sync } from "../../../src/app/keep/sync.ts";
import { verify } from "../../../src/app/operate/verify.ts";
import type { Database } from "../../../src/db/database.ts";
import { openServer } from "../../../src/db/connect/server.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { loadModel } from "../../../src/embed/model-package.ts";
import { createEmbedder, type Embedder } from "../../../src/embed/embedder.ts";
import { packageVersion } from "../../../src/package-root.ts";
import { runCli } from "../../support/cli.ts";
import { postgresContainer } from "../../support/container.ts";

const TINY = "ltd-zh-2-tiny";
const OLDER = "0.0.1";
// the run has a server of its own: so it has containers
const server = process.env["LTD_TEST_DATABASE_URL"] !== undefined && process.env["LTD_TEST_NO_SERVER"] === undefined;

describe("the files of extension build", () => {
  it("are control file, script and upgrades", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ltd-extension-"));
    const version = packageVersion();
    const { code, stdout } = await runCli([
      "extension",
      "build",
      join(folder, "new"),
      "--model",
      TINY,
      "--from",
      OLDER,
    ]);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`this is version ${version.replaceAll(".", "\\.")}`));
    const names = [`ltd_index--${OLDER}--${version}.sql`, `ltd_index--${version}.sql`, "ltd_index.control"];
    assert.deepEqual((await readdir(join(folder, "new"))).toSorted(), names.toSorted());
    assert.match(await readFile(join(folder, "new", "ltd_index.control"), "utf8"), /relocatable = false/);
    for (const from of ["../x", "1--2", version]) {
      const refused = await runCli(["extension", "build", folder, "--from", from]);
      assert.equal(refused.code, 2, from);
      assert.match(refused.stderr, /is not a version to upgrade from/);
    }
    await rm(folder, { recursive: true });
  });
});

describe("the extension ltd_index, server", { skip: server ? false : "no container" }, () => {
  let container: StartedPostgreSqlContainer;
  let folder: string;
  let embedder: Embedder;
  const opened: Database[] = [];
  const open = async (name: string): Promise<Database> => {
    const database = await openServer(container.getConnectionUri().replace(/\/app$/, `/${name}`));
    opened.push(database);
    return database;
  };
  const run = async (command: string): Promise<void> => {
    const { exitCode, output } = await container.exec(["sh", "-c", command]);
    assert.equal(exitCode, 0, output);
  };
  const isRight = async (database: Database): Promise<void> => {
    assert.deepEqual(await database.query("select * from ltd.verify('faq')"), []);
    const { ok, problems } = await verify(database, await getIndex(database, "faq"), embedder);
    assert.deepEqual([ok, problems], [true, []]);
  };
  const answer = async (database: Database, question: string) =>
    (await database.query("select key[1] as id, found from ltd.match('faq', $1) limit 1", [question]))[0];
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ltd-extension-"));
    const version = packageVersion();
    await buildExtension(folder, { models: [TINY], from: [OLDER] });
    await copyFile(join(folder, `ltd_index--${version}.sql`), join(folder, `ltd_index--${OLDER}.sql`));
    embedder = await createEmbedder({ threads: 1, model: TINY });
    container = await postgresContainer().withCommand(["postgres", "-c", "fsync=off"]).start();
    const target = (await container.exec(["sh", "-c", "pg_config --sharedir || ls -d /usr/share/postgresql/*"])).output;
    await container.copyDirectoriesToContainer([{ source: folder, target: `${target.trim()}/extension` }]);
  });
  after(async () => {
    await Promise.all(opened.map((each) => each.close()));
    await container?.stop();
    await embedder.close();
    await rm(folder, { recursive: true });
  });

  it("is created, in the schema ltd, and keeps an index", async () => {
    const database = await open("app");
    await database.script(`create extension ltd_index version '${OLDER}' cascade; create table faq (id int primary key, question text);
      insert into faq values (1, '怎么退款'), (2, '怎么开发票')`);
    const others = await database.query(
      `select c.relname as name from pg_class c where c.relnamespace = 'ltd'::regnamespace and c.relkind in ('r', 'v', 'S') and not exists (
        select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
       union all select p.proname from pg_proc p where p.pronamespace = 'ltd'::regnamespace and not exists (
        select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')`,
    );
    assert.deepEqual(others, []);
    await database.query("select ltd.add('faq', immediate => true)");
    await database.query("select ltd.alias_add('faq', '{1}', '钱怎么退回来')");
    await database.script("call ltd.sync()");
    await database.script("call ltd.cluster('faq', k => 2); select ltd.set_thresholds('faq', 0.8, 0.3)");
    assert.deepEqual(await answer(database, "钱怎么退回来"), { id: "1", found: "alias" });
    await isRight(database);
  });

  it("is upgraded, and everything stays", async () => {
    const database = await open("app");
    await database.script(
      "update ltd.student set functions = 'older'; create or replace function ltd.normalize(given text) returns text language sql as 'select 1::text'",
    );
    await database.query("alter extension ltd_index update");
    const [made] = await database.query("select extversion from pg_extension where extname = 'ltd_index'");
    assert.equal(made!["extversion"], packageVersion());
    const [students] = await database.query(
      "select count(*)::int as n, bool_and(functions <> 'older') as new from ltd.student",
    );
    assert.deepEqual(students, { n: 1, new: true });
    assert.deepEqual(await answer(database, "钱怎么退回来"), { id: "1", found: "alias" });
    await database.query("insert into faq values (3, '运费谁出')");
    assert.equal((await answer(database, "运费谁出"))!["id"], "3");
    await isRight(database);
  });

  it("is dumped and restored with its rows, and goes on", async () => {
    await run("pg_dump --username app --file /tmp/app.sql app && createdb --username app restored");
    const bytes = Number((await container.exec(["sh", "-c", "wc -c < /tmp/app.sql"])).output);
    assert.ok(bytes < 500_000, `${bytes} bytes: the model is in the dump`);
    await run("psql --username app --set ON_ERROR_STOP=1 --quiet --file /tmp/app.sql restored > /dev/null");
    const database = await open("restored");
    assert.deepEqual(await answer(database, "钱怎么退回来"), { id: "1", found: "alias" });
    const [kept] = await database.query(
      "select answer_threshold as answer, immediate_rows as rows, (select count(*)::int from ltd.cluster_row) as clustered from ltd.index",
    );
    assert.deepEqual(kept, { answer: 0.8, rows: 100, clustered: 2 });
    await database.query("insert into faq values (4, '可以货到付款吗')");
    assert.equal((await answer(database, "可以货到付款吗"))!["id"], "4");
    await database.script("call ltd.sync()");
    await isRight(database);
    await database.query("create table other (id int primary key, question text)");
    await database.query("select ltd.add('other')");
    await sync(database, await getIndex(database, "faq"), embedder);
    await isRight(database);
  });

  it("is changed by its own scripts alone", async () => {
    const database = await open("restored");
    const model = await loadModel(TINY);
    assert.deepEqual((await init(database, model)).applied, []);
    await assert.rejects(installSql(database, { models: [TINY] }), /belongs to the extension ltd_index/);
    let script = "";
    for await (const each of dumpSql({ models: [TINY] })) script += each;
    await assert.rejects(database.script(script.replaceAll(/^\\.*$/gm, "")), /belongs to the extension ltd_index/);
    await database.script("rollback").catch(() => {});
  });

  it("is dropped with its indexes only where that is asked for, and leaves the tables", async () => {
    const database = await open("restored");
    await assert.rejects(database.query("drop extension ltd_index"), /other objects depend on it/);
    await database.script("select ltd.remove('faq'); select ltd.remove('other'); drop extension ltd_index");
    assert.deepEqual(await database.query("select nspname from pg_namespace where nspname = 'ltd'"), []);
    await database.query("insert into faq values (5, '怎么修改地址')");
    const first = await open("app");
    await first.query("drop extension ltd_index cascade");
    await first.query("insert into faq values (5, '怎么修改地址')");
    assert.equal((await first.query("select from faq")).length, 4);
    await first.query("create extension ltd_index");
    await first.query("select ltd.add('faq')");
  });
});
