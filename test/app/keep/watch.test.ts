import assert from "node:assert/strict";
import { EventEmitter, on } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { before, it, type TestContext } from "node:test";
import { add } from "../../../src/app/keep/add.ts";
import { status } from "../../../src/app/shards/status.ts";
import { watch, type WatchEvent, type WatchOptions } from "../../../src/app/keep/watch.ts";
import type { Database } from "../../../src/db/database.ts";
import { openServer } from "../../../src/db/connect/server.ts";
import { loadModel } from "../../../src/embed/model-package.ts";
import { describeDatabases, describeServer } from "../../support/databases.ts";
import { until } from "../../support/until.ts";

const model = await loadModel();

async function addTables(database: Database, ...tables: string[]): Promise<void> {
  for (const table of tables) {
    await database.script(`create table ${table} (id int primary key, question text)`);
    await add(database, model, { table });
  }
}

/** A watch that is under way, at the longest until the test ends; `until` waits for an event. */
function start(test: TestContext, database: Database, options: WatchOptions = {}) {
  const events = new EventEmitter();
  const stop = new AbortController();
  test.after(() => stop.abort());
  const seen = on(events, "event") as AsyncIterator<[WatchEvent]>;
  const ended = watch(database, {
    ...options,
    threads: 1,
    signal: stop.signal,
    onEvent: (event) => events.emit("event", event),
  });
  ended.catch((error: unknown) => events.emit("error", error));
  return {
    async until<Name extends WatchEvent["event"]>(name: Name): Promise<Extract<WatchEvent, { event: Name }>> {
      for (;;) {
        const { value } = (await seen.next()) as IteratorYieldResult<[WatchEvent]>;
        if (value[0].event === name) return value[0] as Extract<WatchEvent, { event: Name }>;
      }
    },
    async stop() {
      stop.abort();
      await ended;
    },
  };
}

/** A database of another's, for tests that replace a method; to close it does nothing. */
function methodsOf(database: Database): Database {
  return {
    kind: database.kind,
    name: database.name,
    query: (...args) => database.query(...args),
    script: (...args) => database.script(...args),
    copyIn: (...args) => database.copyIn(...args),
    copyOut: (...args) => database.copyOut(...args),
    transaction: (...args) => database.transaction(...args),
    pipeline: (...args) => database.pipeline(...args),
    table: (...args) => database.table(...args),
    listen: (...args) => database.listen(...args),
    close: async () => {},
  };
}

describeDatabases("watch", (databases) => {
  let database: Database;
  before(async () => {
    database = await databases.create("initialised");
  });

  it("is woken by a writer, and gives back what it holds when it is stopped", async (test) => {
    await addTables(database, "faq");
    const watching = start(test, database, { pollMs: 600_000 });
    assert.deepEqual(await watching.until("ready"), { event: "ready", indexes: ["faq"] });
    await watching.until("build"); // of an empty index; from now on it sleeps
    await database.query("insert into faq values (1, '怎么退款')");
    assert.equal((await watching.until("synced")).embedded, 1);
    await database.query("update faq set question = '如何退款'");
    assert.equal((await watching.until("synced")).embedded, 1);
    await database.query("delete from faq");
    assert.equal((await watching.until("synced")).deleted, 1);
    await database.query("insert into faq select n, '第' || n || '个问题' from generate_series(1, 5000) n");
    await watching.stop();
    const [{ pending, leased, indexed, failed }] = (await status(database, "faq")) as [
      Awaited<ReturnType<typeof status>>[0],
    ];
    assert.deepEqual([leased, failed, pending + indexed], [0, 0, 5000]);
  });

  it("needs no NOTIFY: polling suffices, also for an index that is added later", async (test) => {
    // as behind a transaction-mode pooler: LISTEN is taken, and nothing ever comes
    const deaf: Database = { ...methodsOf(database), listen: async () => async () => {} };
    const watching = start(test, deaf, { pollMs: 200 });
    await watching.until("ready");
    await watching.until("synced"); // what the stop before left
    await addTables(database, "later");
    await database.query("insert into later values (1, '怎么退款')");
    for (let index = ""; index !== "later";) ({ index } = await watching.until("synced"));
    await watching.stop();
  });

  it("finds what a writer did right after another, of which NOTIFY does not tell", async (test) => {
    let rounds = 0;
    const counted: Database = {
      ...methodsOf(database),
      query: (sql, parameters) => {
        if (sql.includes("capture/next-due")) rounds++;
        return database.query(sql, parameters);
      },
    };
    const watching = start(test, counted, { pollMs: 600_000 });
    await watching.until("ready");
    await database.script("select setval('ltd.notified', 0); insert into faq values (5001, '怎么退款')");
    assert.equal((await watching.until("synced")).embedded, 1);
    const before = rounds;
    await until("two rounds that found nothing", () => rounds >= before + 3); // the first one may be that which worked
    await database.script(
      `select setval('ltd.notified', (extract(epoch from clock_timestamp()) * 1000)::bigint);
       insert into faq values (5002, '如何退款')`,
    );
    assert.equal((await watching.until("synced")).embedded, 1);
    await watching.stop();
  });

  it("goes on with the other indexes where one cannot be worked on, and with that one when it can again", async (test) => {
    await addTables(database, "a", "b");
    await database.script("alter table a rename column question to frage");
    await database.query("insert into a values (1, '怎么退款')");
    await database.query("insert into b values (1, '怎么退款')");
    const watching = start(test, database, { pollMs: 300 });
    const trouble = await watching.until("trouble");
    assert.deepEqual([trouble.index, trouble.error.code], ["a", "source"]);
    assert.equal((await watching.until("synced")).index, "b");
    await database.script("alter table a rename column frage to question");
    assert.equal((await watching.until("synced")).index, "a");
    await watching.stop();
  });

  it("works on those that are named, and refuses an unknown name", async (test) => {
    await database.query("insert into a values (2, '怎么退款')");
    await database.query("insert into b values (2, '怎么退款')");
    await assert.rejects(watch(database, { names: ["c"] }), { code: "index", hint: /a, b/ });
    const watching = start(test, database, { names: ["b"], pollMs: 100 });
    assert.equal((await watching.until("synced")).index, "b");
    await watching.stop();
    const pending = (await status(database)).map((each) => [each.index, each.pending]);
    assert.deepEqual(pending.slice(0, 2), [
      ["a", 1],
      ["b", 0],
    ]);
  });
});

describeServer("watch and its connection", (databases) => {
  /** A way to the server that can be cut and opened again. */
  class Way {
    readonly #sockets = new Set<Socket>();
    readonly #url: URL;
    #server: Server | undefined;
    #port = 0;
    constructor(url: string) {
      this.#url = new URL(url);
    }
    async open(): Promise<string> {
      this.#server = createServer((near) => {
        const far = connect(Number(this.#url.port || 5432), this.#url.hostname);
        for (const [one, other] of [
          [near, far],
          [far, near],
        ] as const) {
          this.#sockets.add(one);
          one.on("error", () => {});
          one.on("close", () => other.destroy());
          one.pipe(other);
        }
      });
      const server = this.#server;
      await new Promise<void>((resolve) => server.listen(this.#port, "127.0.0.1", resolve));
      this.#port = (server.address() as { port: number }).port;
      const url = new URL(this.#url);
      url.hostname = "127.0.0.1";
      url.port = String(this.#port);
      return url.href;
    }
    async cut(): Promise<void> {
      const closed = new Promise((resolve) => this.#server!.close(resolve));
      for (const socket of this.#sockets) socket.destroy();
      this.#sockets.clear();
      await closed;
    }
  }

  it("waits for a server that is away, in the middle of a batch too, and is woken as before", async (test) => {
    const target = await databases.createTarget("initialised");
    const direct = await openServer(target);
    const way = new Way(target);
    const database = await openServer(await way.open());
    try {
      await addTables(direct, "faq");
      const watching = start(test, database, { pollMs: 600_000 });
      await watching.until("build");
      await way.cut(); // while it sleeps: only its listener can notice
      await direct.query("insert into faq values (1, '怎么退款')");
      await way.open();
      assert.equal((await watching.until("synced")).embedded, 1);

      await direct.query("insert into faq select n, '第' || n || '个问题' from generate_series(2, 3000) n");
      const leased = "select from ltd.queue where leased_until is not null limit 1";
      await until("rows are leased", async () => (await direct.query(leased)).length > 0);
      await way.cut();
      const trouble = await watching.until("trouble");
      assert.deepEqual([trouble.index, trouble.error.code], [null, "database"]);
      await way.open();
      await watching.until("recovered");
      await direct.query("update ltd.queue set not_before = now(), leased_until = null"); // leases of the lost batch
      await direct.query("insert into faq values (0, '忘记密码')");
      for (let indexed = 0; indexed < 3001;) {
        await watching.until("synced");
        indexed = (await status(direct, "faq"))[0]!.indexed;
      }
      await watching.stop();
    } finally {
      await database.close();
      await direct.close();
      await way.cut();
    }
  });
});
