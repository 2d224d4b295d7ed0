import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import pg from "pg";
import { openDatabase } from "../../../src/db/connect/open.ts";
import { openServer } from "../../../src/db/connect/server.ts";
import { add, init, loadModel, openIndex, watch, type PgPool } from "../../../src/index.ts";
import { describeServer } from "../../support/databases.ts";

const model = await loadModel();

describeServer("a connection that many wait for", (databases) => {
  it("is waited for as long as others take, whatever the limit to connect", async () => {
    const database = await openServer(await databases.createTarget(), { maxConnections: 1, connectTimeoutMs: 500 });
    try {
      await Promise.all(Array.from({ length: 4 }, () => database.query("select pg_sleep(0.4)")));
    } finally {
      await database.close();
    }
  });
});

describeServer("a pool of the application's own", (databases) => {
  let pool: pg.Pool;
  let url: string;

  before(async () => {
    url = await databases.createTarget("initialised");
    // as an application may have it: one connection, a path of its own, a hasty driver, and bigints as numbers
    pool = new pg.Pool({
      connectionString: url,
      max: 1,
      query_timeout: 60_000,
      options: "-c search_path=shop,public -c statement_timeout=50000",
      types: { getTypeParser: (() => (value: string) => `odd ${value}`) as never },
    });
    pool.on("error", () => {});
    const client = await pool.connect();
    await client.query("create schema shop");
    await client.query("create table shop.faq (id bigint primary key, question text)");
    await client.query("insert into shop.faq values (1, '如何申请退款？'), (2, '忘记密码怎么办？')");
    client.release();
  });
  after(() => pool.end());

  it("serves an index, and is given back as it came", async () => {
    const database = await openDatabase({ pool });
    await init(database, model);
    await add(database, model, { table: "faq" });
    await database.close();
    const index = await openIndex<{ id: string }>({ index: "faq", pool, threads: 1 });
    await index.sync();
    const [first] = (await index.match("怎么退款")).answers;
    assert.deepEqual([first!.row.id, first!.key], ["1", ["1"]]);
    assert.equal((await index.search("密码")).hits[0]!.text, "忘记密码怎么办？");
    await index.close();

    assert.equal(pool.ended, false);
    assert.equal(pool.idleCount, pool.totalCount);
    const client = await pool.connect();
    assert.equal(client.listenerCount("error"), 0);
    const { rows } = await client.query<Record<string, string>>(
      "select current_setting('search_path') as path, current_setting('statement_timeout') as timeout",
    );
    assert.deepEqual(rows, [{ path: "odd shop,public", timeout: "odd 50s" }]);
    assert.equal(
      (client as unknown as { connectionParameters: { query_timeout: number } }).connectionParameters.query_timeout,
      60_000,
    );
    client.release();
  });

  it("is listened with, on a connection beside it", async () => {
    const database = await openDatabase({ pool });
    const end = new AbortController();
    let resolve = (): void => {};
    const synced = new Promise<void>((done) => (resolve = done));
    const watching = watch(database, {
      signal: end.signal,
      threads: 1,
      pollMs: 60_000,
      onEvent: (event) => {
        if (event.event === "ready") void pool.query("insert into shop.faq values (3, '怎么开发票？')");
        if (event.event === "synced" && event.embedded > 0) resolve();
      },
    });
    await synced;
    end.abort();
    await watching;
    await database.close();
  });

  it("loses a connection without ending the process", async () => {
    const database = await openDatabase({ pool });
    const lost = database.query("select pg_terminate_backend(pg_backend_pid())");
    await assert.rejects(lost, { name: "LtdError", code: "database" });
    while (pool.totalCount > 0) await new Promise(setImmediate); // until the pool has heard of it
    assert.deepEqual(await database.query("select 1 as one"), [{ one: 1 }]);
  });

  it("is refused if it is no pool, has ended, or comes with another database", async () => {
    const refused = (options: object, message: RegExp) =>
      assert.rejects(openIndex({ index: "faq", ...options }), { name: "LtdError", code: "usage", message });
    await refused({ pool: new pg.Client(url) }, /^pool is an object, but must be a Pool of node-postgres/);
    await refused({ pool, database: url }, /both database and pool/);
    await refused({ pool, connections: 2 }, /already has a database and connections/);
    const ended = new pg.Pool({ connectionString: url });
    await ended.end();
    await refused({ pool: ended }, /the pool has ended/);
    await assert.rejects(openDatabase({ pool: {} as PgPool }), { code: "usage" });
    const wrong = new pg.Pool({ connectionString: "postgres://nobody@127.0.0.1:1/none" });
    await assert.rejects(openDatabase({ pool: wrong }), { code: "database", message: /nothing listens at/ });
    await wrong.end();
  });
});
