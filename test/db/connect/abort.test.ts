import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { before, it } from "node:test";
import type { Database, Queryable } from "../../../src/db/database.ts";
import { openServer } from "../../../src/db/connect/server.ts";
import { describeDatabases, describeServer } from "../../support/databases.ts";
import { until } from "../../support/until.ts";

describeDatabases("a transaction that is aborted", (databases) => {
  let database: Database;
  before(async () => {
    database = await databases.create();
    await database.query("create table item (id int)");
  });
  const items = async () => (await database.query<{ id: number }>("select id from item")).map(({ id }) => id);

  it("does not begin after its signal", async () => {
    const signal = AbortSignal.abort(new Error("too late"));
    const work = (): Promise<void> => assert.fail("it began");
    await assert.rejects(database.transaction(work, { signal }), /too late/);
  });

  it("rolls back, sends nothing more, and leaves the database as it was", async () => {
    const stop = new AbortController();
    let more: Promise<unknown> | undefined;
    const running = database.transaction(
      async (tx) => {
        await tx.query("insert into item values (1)");
        stop.abort(new Error("enough"));
        more = tx.query("insert into item values (2)");
        await more;
      },
      { signal: stop.signal },
    );
    await assert.rejects(running, /enough/);
    await assert.rejects(more!, /enough/);
    assert.deepEqual(await items(), []);
  });

  it("is not committed when its work does not notice", async () => {
    const stop = new AbortController();
    const running = database.transaction(
      async (tx) => {
        await tx.query("insert into item values (3)");
        stop.abort(new Error("enough"));
      },
      { signal: stop.signal },
    );
    await assert.rejects(running, /enough/);
    assert.deepEqual(await items(), []);
  });

  it("is done when its signal aborts afterwards, and leaves no listener behind", async () => {
    const stop = new AbortController();
    await database.transaction((tx) => tx.query("insert into item values (4)"), { signal: stop.signal });
    stop.abort();
    assert.deepEqual(await items(), [4]);
  });
});

describeServer("a transaction that is aborted", (databases) => {
  let target: string;
  let watcher: Database;
  before(async () => {
    watcher = await databases.create();
    target = await databases.createTarget();
  });

  const pidOf = async (queryable: Queryable) => {
    const [row] = await queryable.query<{ pid: number }>("select pg_backend_pid() as pid");
    return row!.pid;
  };
  const stateOf = async (pid: number) => {
    const [row] = await watcher.query<{ state: string }>("select state from pg_stat_activity where pid = $1", [pid]);
    return row?.state;
  };

  it("has its statement cancelled, and its only connection serves the next", async () => {
    const database = await openServer(target, { maxConnections: 1 });
    const stop = new AbortController();
    const pid = await pidOf(database);
    const running = database.transaction((tx) => tx.query("select pg_sleep(600)"), { signal: stop.signal });
    while ((await stateOf(pid)) !== "active");
    const begun = performance.now();
    stop.abort();
    await assert.rejects(running, { name: "AbortError" });
    assert.equal(await pidOf(database), pid, "the same connection, after the statement was given up");
    assert.ok(performance.now() - begun < 300_000, "it did not sleep to the end");
    await database.close();
  });

  it("never hits another statement of the connection, however the moment falls", async () => {
    const database = await openServer(target, { maxConnections: 1 });
    for (let at = 0; at < 40; at++) {
      const stop = new AbortController();
      const running = database.transaction((tx) => tx.query("select pg_sleep(0.002)"), { signal: stop.signal });
      setTimeout(() => stop.abort(), at % 8);
      await running.catch((error: unknown) => assert.equal((error as Error).name, "AbortError"));
      await database.query("select pg_sleep(0.003)");
      await database.transaction((tx) => tx.query("select pg_sleep(0.001)"));
    }
    await database.close();
  });

  it("does not wait for a connection, and takes none", async () => {
    const database = await openServer(target, { maxConnections: 1 });
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const holding = database.transaction(() => held);
    const stop = new AbortController();
    const waiting = database.transaction((tx) => tx.query("select 1"), { signal: stop.signal });
    stop.abort();
    await assert.rejects(waiting, { name: "AbortError" });
    release();
    await holding;
    await database.query("select 1");
    await database.close();
  });

  it("is reported to a database that is being closed, and the close ends", async () => {
    const database = await openServer(target);
    const stop = new AbortController();
    const pids: number[] = [];
    const running = [1, 2, 3].map(() =>
      database.transaction(
        async (tx) => {
          pids.push(await pidOf(tx));
          await tx.query("select pg_sleep(600)");
        },
        { signal: stop.signal },
      ),
    );
    while (pids.length < 3) await watcher.query("select 1");
    stop.abort();
    await Promise.all([database.close(), ...running.map((each) => assert.rejects(each, { name: "AbortError" }))]);
    for (const pid of pids) while ((await stateOf(pid)) !== undefined);
  });
});

/** A server behind a connection that can hang: nothing goes through any more, and no side is closed. */
async function hangingServer(server: string) {
  const target = new URL(server);
  const [host, port] = [target.hostname, Number(target.port)];
  const pipes: Socket[] = [];
  let isHanging = false;
  const between = createServer({ allowHalfOpen: true }, (client) => {
    const there = connect(port, host);
    for (const each of [client, there]) {
      each.on("error", () => {});
      pipes.push(each);
    }
    client.on("data", (data) => (isHanging ? between.emit("swallowed") : there.write(data)));
    client.on("end", () => isHanging || there.end());
    there.on("data", (data) => isHanging || client.write(data));
    there.on("end", () => isHanging || client.end());
  }).listen(0, "127.0.0.1");
  await once(between, "listening");
  target.hostname = "127.0.0.1";
  target.port = String((between.address() as AddressInfo).port);
  return {
    url: target.href,
    hang: () => void (isHanging = true),
    swallowed: () => once(between, "swallowed"),
    close: () => {
      for (const each of pipes) each.destroy();
      between.close();
    },
  };
}

describeServer("a server that hangs", (databases) => {
  it("lets go of a statement that is given up, and of its connection", { timeout: 120_000 }, async () => {
    const server = await hangingServer(await databases.createTarget());
    const database = await openServer(server.url);
    try {
      server.hang();
      const stop = new AbortController();
      const running = database.pipeline([{ text: "select 1" }], { signal: stop.signal });
      await server.swallowed();
      stop.abort(new Error("enough"));
      await assert.rejects(running, /enough/);
      await database.close();
    } finally {
      server.close();
    }
  });

  it("does not keep a process alive by an idle connection", { timeout: 60_000 }, async () => {
    const server = await hangingServer(await databases.createTarget());
    const database = await openServer(server.url);
    try {
      await database.query("select 1");
      server.hang();
      const sockets = () => process.getActiveResourcesInfo().filter((each) => each === "TCPSocketWrap").length;
      const before = sockets();
      await database.close();
      await until("the socket is closed", () => sockets() < before);
    } finally {
      server.close();
    }
  });
});
