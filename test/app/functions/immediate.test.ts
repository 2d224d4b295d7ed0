import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { installSql, uninstallSql } from "../../../src/app/functions/install.ts";
import { sync } from "../../../src/app/keep/sync.ts";
import { verify } from "../../../src/app/operate/verify.ts";
import type { Database } from "../../../src/db/database.ts";
import { openServer } from "../../../src/db/connect/server.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { createEmbedder, type Embedder } from "../../../src/embed/embedder.ts";
import { describeDatabases, describeServer } from "../../support/databases.ts";

const TINY = "ltd-zh-2-tiny";
const waiting = "select count(*)::int as n from ltd.queue";

describeDatabases("rows that are embedded in the transaction that writes them", (databases) => {
  let database: Database;
  let embedder: Embedder;
  const found = async (of: Pick<Database, "query">, text: string): Promise<unknown> =>
    (await of.query("select key[1]::int as id from ltd.match('faq', $1) where similarity > 0.99", [text]))[0]?.["id"];
  const isRight = async (name = "faq"): Promise<void> => {
    assert.deepEqual(await database.query("select * from ltd.verify($1)", [name]), []);
    const { ok, problems } = await verify(database, await getIndex(database, name), embedder);
    assert.deepEqual([ok, problems], [true, []]);
  };
  before(async () => {
    database = await databases.create("initialised");
    embedder = await createEmbedder({ threads: 1, model: TINY });
    await installSql(database, { models: [TINY] });
    await database.script(`create table faq (id int primary key, question text, n int default 1);
      insert into faq values (1, '怎么退款')`);
    await database.query(
      "select ltd.add('public.faq', '{question}', filter => '10 / n > 0', immediate => true, max_rows => 5)",
    );
    await database.script("call ltd.sync('faq')");
  });
  after(() => embedder.close());

  it("are found by the next query, and leave nothing to do", async () => {
    await database.query("insert into faq values (2, '运费谁出'), (3, '怎么开发票')");
    assert.equal(await found(database, "运费谁出"), 2);
    await database.query("update faq set question = '多久能到货' where id = 2");
    assert.equal(await found(database, "多久能到货"), 2);
    assert.equal(await found(database, "运费谁出"), undefined);
    await database.query("update faq set id = 20 where id = 3");
    assert.equal(await found(database, "怎么开发票"), 20);
    await database.query("delete from faq where id = 20");
    assert.equal(await found(database, "怎么开发票"), undefined);
    const { id } = await getIndex(database, "faq");
    assert.deepEqual(await database.query(waiting), [{ n: 0 }]);
    assert.deepEqual(await database.query(`select * from ltd.change_${id}`), []);
    await isRight();
  });

  it("are found before the commit where the transaction asks for it, and vanish with it", async () => {
    await database.transaction(async (tx) => {
      await tx.query("insert into faq values (4, '可以货到付款吗')");
      await tx.query("update faq set question = '能不能货到付款' where id = 4");
      assert.equal(await found(tx, "能不能货到付款"), undefined);
      await tx.query("set constraints all immediate");
      assert.equal(await found(tx, "能不能货到付款"), 4);
      await tx.query("update faq set question = '支持花呗吗' where id = 4");
      assert.equal(await found(tx, "支持花呗吗"), 4);
    });
    await isRight();
    await assert.rejects(
      database.transaction(async (tx) => {
        await tx.query("insert into faq values (5, '怎么修改地址')");
        await tx.query("set constraints all immediate");
        throw new Error("back");
      }),
    );
    assert.equal(await found(database, "怎么修改地址"), undefined);
    await isRight();
  });

  it("go to the queue where they are more than max_rows in a statement", async () => {
    await database.query("insert into faq select n, '第' || n || '种颜色' from generate_series(100, 105) n");
    assert.equal(await found(database, "第100种颜色"), undefined);
    await database.query("insert into faq values (6, '怎么修改地址')");
    assert.equal(await found(database, "怎么修改地址"), 6);
    await database.script("call ltd.sync('faq')");
    assert.equal(await found(database, "第100种颜色"), 100);
    await isRight();
  });

  it("never fail the writer: what cannot be embedded stays queued", async () => {
    await database.query("insert into faq values (7, '发票抬头', 0), (8, '发票类型', 1)");
    assert.equal(await found(database, "发票类型"), 8);
    const [status] = await database.query("select pending, last_error from ltd.status('faq')");
    assert.deepEqual(status, { pending: 1, last_error: "division by zero" });
    await database.query("update faq set n = 1 where id = 7");
    assert.equal(await found(database, "发票抬头"), 7);
    await uninstallSql(database);
    await database.query("insert into faq values (9, '发票丢了')");
    await installSql(database, { models: [TINY] });
    await sync(database, await getIndex(database, "faq"), embedder);
    assert.equal(await found(database, "发票丢了"), 9);
    // as where a function is of another version
    await database.script("alter function ltd.content_hash rename to former_hash");
    await database.query("insert into faq values (10, '发票重开')");
    await database.script("alter function ltd.former_hash rename to content_hash");
    await database.script("call ltd.sync('faq')");
    assert.equal(await found(database, "发票重开"), 10);
    await isRight();
  });

  it("are still so when the program has made the triggers again", async () => {
    const index = await getIndex(database, "faq");
    await database.script(`drop table ltd.change_${index.id} cascade`);
    await verify(database, index, embedder, { repair: true });
    await sync(database, index, embedder);
    await database.query("insert into faq values (11, '可以自提吗')");
    assert.equal(await found(database, "可以自提吗"), 11);
    await isRight();
  });

  it("have keys of several columns and odd names too", async () => {
    await database.script(
      'create table "Odd" ("Sort, of" text, at timestamptz, question text, primary key ("Sort, of", at))',
    );
    await database.query(`select ltd.add('public."Odd"', '{question}', 'odd', immediate => true)`);
    await database.query(
      `insert into "Odd" values ('a,"b', '2026-01-01 12:00+08', '怎么退款'), ('', 'infinity', '怎么退货')`,
    );
    assert.deepEqual(await database.query(waiting), [{ n: 0 }]);
    const [first] = await database.query("select key[1] as sort from ltd.match('odd', '怎么退款')");
    assert.equal(first!["sort"], 'a,"b');
    await database.script("call ltd.sync('odd')");
    await isRight("odd");
    await assert.rejects(
      database.query("select ltd.add('public.faq', index_name => 'x', immediate => true, max_rows => 0)"),
      /immediate is true and max_rows is 0, but must be true or false and from 1 to 10000/,
    );
  });
});

describeServer("rows embedded at once beside workers", (databases) => {
  it("end right, whoever comes first", async () => {
    const target = await databases.createTarget("initialised");
    const database = await openServer(target);
    const embedder = await createEmbedder({ threads: 1, model: TINY });
    await installSql(database, { models: [TINY] });
    await database.script(`create table faq (id int primary key, question text);
      insert into faq select n, '第' || n || '个问题' from generate_series(1, 40) n`);
    await database.query("select ltd.add('public.faq', immediate => true, max_rows => 3)");
    const index = await getIndex(database, "faq");
    let isDone = false;
    const worker = async (work: (own: Database) => Promise<unknown>): Promise<void> => {
      const own = await openServer(target);
      while (!isDone) await work(own);
      await own.close();
    };
    const workers = [
      worker((own) => own.script("call ltd.sync('faq', batch_rows => 4)")),
      worker((own) => sync(own, index, embedder)),
      // what looks at all rows again
      worker((own) =>
        own
          .query("update ltd.index set enqueued_at = null where id = $1", [index.id])
          .then(() => new Promise((resolve) => setTimeout(resolve, 500))),
      ),
    ];
    await Promise.all(
      [0, 1, 2].map(async (writer) => {
        const own = await openServer(target);
        for (let n = 0; n < 24; n++) {
          const rows = [1, 5, 2][n % 3]!;
          const first = 1 + ((n * 7 + writer * 13) % 30);
          await own.transaction(async (tx) => {
            await tx.query("update faq set question = $1 || id where id between $2 and $3", [
              `写者${writer}的第${n}次`,
              first,
              first + rows - 1,
            ]);
            if (n % 4 === 0) await tx.query("update faq set question = question || '吗' where id = $1", [first]);
          });
        }
        await own.close();
      }),
    );
    isDone = true;
    await Promise.all(workers);
    // nothing that was written at once was overwritten by what a worker had read before; the rest is queued
    assert.deepEqual(await database.query("select * from ltd.verify('faq')"), []);
    await database.script("call ltd.sync('faq')");
    const { ok, problems, compared } = await verify(database, index, embedder);
    assert.deepEqual([ok, problems, compared], [true, [], 40]);
    assert.deepEqual(await database.query(waiting), [{ n: 0 }]);
    await embedder.close();
    await database.close();
  });
});
