import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Database } from "../../../src/db/database.ts";
import { sqlState } from "../../../src/db/failure.ts";
import { openServer, requireServerVersion } from "../../../src/db/connect/server.ts";
import { LtdError } from "../../../src/errors.ts";
import { describeDatabases, describeServer } from "../../support/databases.ts";
import { until } from "../../support/until.ts";

describeDatabases("a database", (databases) => {
  let database: Database;
  before(async () => {
    database = await databases.create();
    await database.script("create extension vector; create table noted (value text)");
  });

  it("gives the same JavaScript values with both drivers", async () => {
    const [row] = await database.query(`
      select 9007199254740993::bigint as int8, 1.50::numeric as numeric, true as bool, 2::smallint as int2, 3::integer as int4,
        0.5::real as float4, 0.1::float8 as float8, array['a,"', '中', null] as texts, '{"a": [1]}'::jsonb as json,
        timestamptz '2026-01-02 03:04:05.678Z' as time, '\\x00ff'::bytea as bytes, '[1,2.5]'::vector as vector,
        array[1::bigint, 2] as int8s, '{}'::text[] as none, null::text as nothing`);
    const { bytes, ...rest } = row as { bytes: Uint8Array };
    assert.ok(bytes instanceof Uint8Array);
    assert.deepEqual([...bytes], [0, 255]);
    assert.deepEqual(rest, {
      int8: "9007199254740993",
      numeric: "1.50",
      bool: true,
      int2: 2,
      int4: 3,
      float4: 0.5,
      float8: 0.1,
      texts: ['a,"', "中", null],
      json: { a: [1] },
      time: new Date("2026-01-02T03:04:05.678Z"),
      vector: "[1,2.5]",
      int8s: ["1", "2"],
      none: [],
      nothing: null,
    });
  });

  it("takes the same parameters with both drivers", async () => {
    const rows = await database.query("select * from unnest($1::bigint[], $2::uuid[], $3::text[]) as t(a, b, c)", [
      ["1", "2"],
      ["6f6c9b1e-0000-4000-8000-000000000000", null],
      ['a,{"b\\', "中"],
    ]);
    assert.deepEqual(rows, [
      { a: "1", b: "6f6c9b1e-0000-4000-8000-000000000000", c: 'a,{"b\\' },
      { a: "2", b: null, c: "中" },
    ]);
    const [row] = await database.query(
      "select $1::jsonb as a, $2::bytea = '\\x00ff' as b, $3::vector as c, $4::integer + 1 as d",
      [{ x: 1 }, Uint8Array.of(0, 255), "[1,2]", 41],
    );
    assert.deepEqual(row, { a: { x: 1 }, b: true, c: "[1,2]", d: 42 });
  });

  it("runs one statement a query, and a script of several", async () => {
    const twice = "insert into noted values ('twice'); insert into noted values ('twice')";
    await assert.rejects(database.query(twice), { name: "LtdError", code: "database", message: /multiple commands/ });
    await database.script(`${twice}; delete from noted where value <> 'twice'`);
    assert.equal((await database.query("delete from noted returning value")).length, 2);
  });

  it("can be closed twice", async () => {
    const own = await databases.create();
    await own.close();
    await own.close();
  });

  it("commits a transaction whose work ends and rolls back one that throws", async () => {
    const ended = await database.transaction(async (tx) => {
      await tx.query("insert into noted values ('kept')");
      return 7;
    });
    assert.equal(ended, 7);
    const mine = new Error("mine");
    const thrown = await database
      .transaction(async (tx) => {
        await tx.query("insert into noted values ('lost')");
        throw mine;
      })
      .catch((error: unknown) => error);
    assert.equal(thrown, mine);
    assert.deepEqual(await database.query("select value from noted"), [{ value: "kept" }]);
  });

  it("runs a pipeline of statements as one transaction, and gives the rows of each", async () => {
    await database.query("delete from noted");
    const texts = ['a,"{b}\\', "中", ""];
    const results = await database.pipeline([
      { text: "select set_config('ltd.test', $1, true) as value", parameters: ["set"] },
      { text: "insert into noted select unnest($1::text[])", parameters: [texts] },
      { text: "select value from noted where $1::text is null order by value", parameters: [null] },
      { text: "select $1::int + 1 as sum, current_setting('ltd.test') as value", parameters: [41] },
    ]);
    assert.deepEqual(results, [
      [{ value: "set" }],
      [],
      texts.toSorted().map((value) => ({ value })),
      [{ sum: 42, value: "set" }],
    ]);
    assert.deepEqual(await database.pipeline([{ text: "select current_setting('ltd.test', true) as value" }]), [
      [{ value: "" }],
    ]);
    const failing = database.pipeline([
      { text: "delete from noted" },
      { text: "select 1 / 0" },
      { text: "delete from noted" },
    ]);
    await assert.rejects(failing, { name: "LtdError", code: "database", message: /division by zero/ });
    await assert.rejects(database.pipeline([{ text: "selekt" }]), { code: "database" });
    const signal = AbortSignal.abort(new Error("too late"));
    await assert.rejects(database.pipeline([{ text: "delete from noted" }], { signal }), /too late/);
    assert.equal((await database.query("select from noted")).length, 3);
  });

  it("lets timers, threads and sockets have their turn between the transactions of many callers", async () => {
    let turns = 0;
    let left = 20;
    const turn = (): void => {
      turns++;
      if (left > 0) setImmediate(turn);
    };
    setImmediate(turn);
    const ask = async () => {
      await database.pipeline([{ text: "select 1" }]);
      if (--left > 0) await ask();
    };
    await Promise.all([ask(), ask(), ask()]);
    assert.ok(turns >= 5, String(turns));
  });

  it("keeps other statements out of an open transaction", async () => {
    await database.query("delete from noted");
    let insideDone = false;
    const transaction = database.transaction(async (tx) => {
      await tx.query("insert into noted values ('inside')");
      for (let turn = 0; turn < 20; turn++) await tx.query("select 1"); // the other one could come between any two
      insideDone = true;
      await tx.query("delete from noted");
    });
    const counted = database
      .query<{ rows: number }>("select count(*)::int as rows from noted")
      .then(([row]) => ({ rows: row?.rows, insideDone }));
    await transaction;
    const { rows } = await counted;
    assert.equal(rows, 0, "what is not committed was not seen");
  });

  it("copies text and counts the rows", async () => {
    await database.query("delete from noted");
    const data = ["one\ntw", "o\n中\\n文\n"].map((part) => Buffer.from(part));
    assert.equal(await database.copyIn("copy noted from stdin", data), 3);
    assert.deepEqual(await database.query("select value from noted order by value"), [
      { value: "one" },
      { value: "two" },
      { value: "中\n文" },
    ]);
    assert.equal(await database.copyIn("copy noted from stdin", []), 0);
  });

  it("explains a failed statement, and goes on after it", async () => {
    const error = await database.query("select * from no_such_table").catch((thrown: unknown) => thrown);
    assert.ok(error instanceof LtdError);
    assert.equal(error.code, "database");
    assert.equal(sqlState(error), "42P01");
    assert.match(error.message, /no_such_table/);
    const copied = await database
      .copyIn("copy noted (value) from stdin (format binary)", [Buffer.from("not binary")])
      .catch((thrown: unknown) => thrown);
    assert.ok(copied instanceof LtdError);
    assert.equal(sqlState(copied), "22P04");
    await assert.rejects(database.script("select 1; selekt 2"), { code: "database" });
    await assert.rejects(
      database.transaction(async (tx) => {
        await tx.query("select 1 / 0");
      }),
      { code: "database", message: /division by zero/ },
    );
    assert.deepEqual(await database.query("select 1 as one"), [{ one: 1 }]);
  });

  it("fails a transaction whose statement failed, even if the work swallows that", async () => {
    await database.query("delete from noted");
    await assert.rejects(
      database.transaction(async (tx) => {
        await tx.query("insert into noted values ('half')");
        await tx.query("select 1 / 0").catch(() => {});
      }),
      { code: "database" },
    );
    assert.deepEqual(await database.query("select value from noted"), []);
  });
});

describe("a server that cannot be reached", () => {
  const secret = "s3cret-pa55";
  const failure = async (url: string): Promise<LtdError> => {
    const error: unknown = await openServer(url, { connectTimeoutMs: 3_000 }).then(
      (database) => database.close(),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof LtdError, `no LtdError for ${url}`);
    assert.ok(error.hint, "a hint says what to do");
    assert.doesNotMatch(`${error.message} ${error.hint}`, new RegExp(secret));
    return error;
  };

  it("says that nothing listens", async () => {
    const error = await failure(`postgres://me:${secret}@localhost:1/db`);
    assert.equal(error.code, "database");
    assert.equal(error.message, "nothing listens at postgres://me@localhost:1/db");
  });

  it("says that the host is unknown", async () => {
    const error = await failure(`postgres://me:${secret}@no-such-host.invalid/db`);
    assert.match(error.message, /host of postgres:\/\/me@no-such-host\.invalid\/db is not known/);
  });

  it("does not repeat a URL that it cannot read", async () => {
    const error = await failure(`postgres://me:${secret}%zz@host:port/db`);
    assert.equal(error.code, "usage");
    assert.doesNotMatch(String(error.cause), new RegExp(secret));
  });
});

describeServer("a server's refusals", (databases) => {
  it("says which password or database is wrong, without the password", async () => {
    const target = new URL(await databases.createTarget());
    const wrong = new URL(target);
    wrong.password = "s3cret-pa55";
    const login = await openServer(wrong.href).catch((error: unknown) => error);
    assert.ok(login instanceof LtdError);
    assert.match(login.message, /refuses the login/);
    assert.doesNotMatch(login.message, /s3cret/);
    const missing = new URL(target);
    missing.pathname = "/no_such_database";
    await assert.rejects(openServer(missing.href), { code: "database", message: /"no_such_database" does not exist/ });
  });

  it("outlives connections that break, idle or at work", async () => {
    const target = await databases.createTarget();
    const [database, other] = await Promise.all([openServer(target, { maxConnections: 2 }), openServer(target)]);
    try {
      const kill =
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
      await database.query("select 1");
      await other.query(kill);
      // the pool drops the one that broke once it has noticed: a statement before that is told so, and none hangs
      await until("the pool has another connection", async () => {
        const [one] = await Promise.allSettled([database.query("select 1")]);
        if (one.status === "rejected") assert.equal((one.reason as LtdError).code, "database");
        return one.status === "fulfilled";
      });
      const [lost] = await Promise.allSettled([
        database.query("select pg_sleep(5)"),
        untilRunning(other, "pg_sleep(5)").then(() => other.query(kill)),
      ]);
      assert.equal(lost.status, "rejected");
      assert.equal((lost.reason as LtdError).code, "database");
      const inTransaction = database.transaction(async (tx) => {
        await tx.query("select 1");
        await other.query(kill);
        await tx.query("select 2");
      });
      await assert.rejects(inTransaction, { code: "database" });
      assert.deepEqual(await database.query("select 1 as one"), [{ one: 1 }]);
    } finally {
      await Promise.all([database.close(), other.close()]);
    }
  });
});

/** Waits until another session of the database runs a statement with this text. */
async function untilRunning(database: Database, text: string): Promise<void> {
  const running = `select from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and state = 'active' and strpos(query, $1) > 0`;
  while ((await database.query(running, [text])).length === 0);
}

describe("a server's version", () => {
  it("is 15 or newer: an older one is refused, and it is said what it is", () => {
    requireServerVersion("postgres://app@host/app", { version: 150_000, text: "15.0" });
    requireServerVersion("postgres://app@host/app", { version: 180_001, text: "18.1 (Debian 18.1-1)" });
    assert.throws(() => requireServerVersion("postgres://app@host/app", { version: 140_019, text: "14.19" }), {
      name: "LtdError",
      code: "database",
      message: "postgres://app@host/app is PostgreSQL 14.19; 15 or newer is needed",
      hint: /upgrade the server/,
    });
  });
});
