import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { match } from "../../../src/app/ask/match.ts";
import { searchableIndex } from "../../../src/app/ask/searchable.ts";
import { similar } from "../../../src/app/ask/similar.ts";
import { dedupe } from "../../../src/app/cluster/dedupe.ts";
import { installSql } from "../../../src/app/functions/install.ts";
import { add } from "../../../src/app/keep/add.ts";
import { init } from "../../../src/app/keep/init.ts";
import { sync } from "../../../src/app/keep/sync.ts";
import { setWeights } from "../../../src/app/operate/weights.ts";
import { verify } from "../../../src/app/operate/verify.ts";
import { openServer } from "../../../src/db/connect/server.ts";
import type { Database } from "../../../src/db/database.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { guardSource } from "../../../src/db/source/guard.ts";
import { createEmbedder, type Embedder } from "../../../src/embed/embedder.ts";
import { until } from "../../support/until.ts";
import { describeServer } from "../../support/databases.ts";
import { urlAs } from "../../support/roles.ts";

/** What the owner of a table adds to it, so that whoever plans a statement over it evaluates a function; and how it is taken away. */
const traps: readonly [what: string, set: string, take: string][] = [
  ["predicate of an index", "create index trap on shop.faq (id) where shop.trap(1)", "drop index shop.trap"],
  ["expression of an index", "create index trap on shop.faq ((shop.trap(1)))", "drop index shop.trap"],
  ["statistics", "create statistics shop.trap on (shop.trap(1)), (id + 1) from shop.faq", "drop statistics shop.trap"],
  [
    "index of a child",
    "create table shop.kid () inherits (shop.faq); create index trap on shop.kid (id) where shop.trap(1)",
    "drop table shop.kid",
  ],
  [
    "operator in an index",
    `create function shop.twice(boolean, boolean) returns boolean language sql immutable as 'select shop.trap(1)';
      create operator shop.&&& (leftarg = boolean, rightarg = boolean, function = shop.twice);
      create index trap on shop.faq (id) where true operator(shop.&&&) true`,
    "drop index shop.trap; drop operator shop.&&& (boolean, boolean); drop function shop.twice",
  ],
];

describeServer("code of a table's owner", (databases) => {
  const [mallory, keeper] = [`ltd_mallory_${process.pid}_9`, `ltd_keeper_${process.pid}_9`];
  let superuser: Database;
  let owner: Database;
  let embedder: Embedder;
  const opened: Database[] = [];
  let target: string;
  const as = async (role: string): Promise<Database> => {
    opened.push(await openServer(urlAs(target, role)));
    return opened.at(-1)!;
  };
  /** Whether the function has run with a superuser's rights; takes them away. */
  const wasRun = async (): Promise<boolean> => {
    const [role] = await superuser.query<{ rolsuper: boolean }>("select rolsuper from pg_roles where rolname = $1", [
      mallory,
    ]);
    await superuser.query(`alter role ${mallory} nosuperuser`);
    return role!.rolsuper;
  };
  before(async () => {
    target = await databases.createTarget();
    superuser = await openServer(target);
    opened.push(superuser);
    embedder = await createEmbedder({ threads: 1 });
    await init(superuser, embedder.model);
    await installSql(superuser);
    await superuser.script(`create role ${mallory} login password 'secret'; create role ${keeper} login createrole password 'secret';
      create schema shop authorization ${mallory}; grant usage on schema shop to ${keeper}`);
    owner = await as(mallory);
    // an immutable function may alter nothing itself, but call one that may
    await owner.script(`create function shop.rise() returns boolean language plpgsql volatile as $f$
        begin begin execute 'alter role ${mallory} superuser'; exception when others then null; end; return true; end $f$;
      create function shop.trap(int) returns boolean language plpgsql immutable as 'begin return shop.rise(); end';
      create function shop.on_update() returns trigger language plpgsql as 'begin perform shop.rise(); return new; end';
      create table shop.faq (id int primary key, q text); insert into shop.faq values (1, '怎么退款'), (2, '怎么退货');
      create table shop.kept (id int primary key, q text); insert into shop.kept values (1, '怎么退款'), (2, '怎么退货');
      grant select on all tables in schema shop to ${keeper}`);
    await add(superuser, embedder.model, { table: "shop.faq" });
    await sync(superuser, await getIndex(superuser, "faq"), embedder);
  });
  after(async () => {
    await embedder.close();
    await Promise.all(opened.map((database) => database.close()));
    // the database, and with it all that they own, is gone
    const server = await openServer(process.env["LTD_TEST_DATABASE_URL"]!);
    await server.script(`drop role ${mallory}; drop role ${keeper}`);
    await server.close();
  });

  /** Does `work` in a session of its own: what a session has planned it keeps. */
  const refused = async (
    work: (database: Database) => Promise<unknown>,
    message: RegExp,
    code = "source",
  ): Promise<void> => {
    const database = await openServer(target);
    try {
      await assert.rejects(work(database), { code, message });
    } finally {
      await database.close();
    }
    assert.equal(await wasRun(), false);
  };

  for (const [what, set, take] of traps) {
    it(`is not run by a superuser that reads: ${what}`, async () => {
      await owner.script(`${set}; update shop.faq set q = q || '？'`);
      const index = await getIndex(superuser, "faq");
      const told =
        /to read shop\.faq would run shop\.(trap\(integer\)|twice\(boolean,boolean\)) of the role ltd_mallory/;
      await refused((database) => sync(database, index, embedder), told);
      await refused((database) => verify(database, index, embedder), told);
      await refused((database) => match(searchableIndex(database, { record: index, embedder }), ["退款"]), told);
      await refused((database) => database.query("select * from ltd.match('faq', '退款')"), told);
      await refused((database) => database.query("select * from ltd.verify('faq')"), told);
      await refused((database) => database.query("call ltd.sync('faq')"), told);
      // which refuses a table with children, whatever they have
      const [code, why] =
        what === "index of a child" ? (["database", /is no ordinary table/] as const) : (["source", told] as const);
      await refused((database) => database.query("select ltd.add('shop.faq', '{q}', 'another')"), why, code);
      await owner.script(take);
      const { embedded, errors } = await sync(superuser, index, embedder);
      assert.deepEqual([embedded, errors], [2, 0]);
    });
  }

  it("cannot come between check and read by a change of the table; docs/roles.md names what can", async () => {
    const index = await getIndex(superuser, "faq");
    await owner.script("set lock_timeout = '200ms'");
    const held = [
      "alter table shop.faq add trap boolean",
      "create policy trap on shop.faq using (shop.trap(id))",
      "alter table shop.faq enable row level security",
      "create rule trap as on update to shop.faq do also select shop.trap(1)",
    ];
    const free = traps.filter(([what]) => ["predicate of an index", "statistics"].includes(what));
    await superuser.transaction(async (tx) => {
      await guardSource(tx, index, "all");
      for (const change of held)
        await assert.rejects(owner.query(change), { code: "database", message: /lock timeout/ });
      for (const [, set] of free) await owner.script(set);
    });
    assert.equal(await wasRun(), false);
    for (const [, , take] of free) await owner.script(take);
    for (const change of held) await owner.query(change);
    await owner.script(
      `drop rule trap on shop.faq; drop policy trap on shop.faq;
       alter table shop.faq disable row level security, drop trap; reset lock_timeout`,
    );
    assert.equal((await sync(superuser, await getIndex(superuser, "faq"), embedder)).errors, 0);
  });

  it("is run by a superuser's own statement, which nothing guards: the traps are traps", async () => {
    await owner.script(traps[0]![1]);
    // the planner passes over a new index while a transaction is open, of any database, that began before it
    await until("the trap was run", async () => {
      const database = await openServer(target);
      await database.query("select from shop.faq where id = 1");
      await database.close();
      return wasRun();
    });
    await owner.script(traps[0]![2]);
  });

  it("is not run as a policy by a role that can do more than its owner and asks", async () => {
    const index = await getIndex(superuser, "faq");
    await superuser.script(
      `grant usage on schema ltd to ${keeper}; grant select on all tables in schema ltd to ${keeper}`,
    );
    const database = await as(keeper);
    const ask = () => match(searchableIndex(database, { record: index, embedder }), ["怎么退款"]);
    assert.equal((await ask())[0]!.answers.length, 2);
    await owner.script(
      "alter table shop.faq enable row level security; create policy trap on shop.faq using (shop.trap(id))",
    );
    await assert.rejects(ask(), { code: "source", message: /would run shop\.trap\(integer\)/ });
    // one that policies do not hold for may read on
    assert.equal((await sync(superuser, index, embedder)).errors, 0);
    assert.equal(await wasRun(), false);
    await owner.script("drop policy trap on shop.faq; alter table shop.faq disable row level security");
  });

  it("is not run where the vectors are in a column of its table: triggers, generated columns and constraints", async () => {
    await add(superuser, embedder.model, { table: "shop.kept", column: "embedding" });
    const index = await getIndex(superuser, "kept");
    assert.equal((await sync(superuser, index, embedder)).embedded, 2);
    const written: [set: string, take: string][] = [
      [
        "create trigger trap before update on shop.kept for each row execute function shop.on_update()",
        "drop trigger trap on shop.kept",
      ],
      [
        "alter table shop.kept add trap boolean generated always as (shop.trap(id)) stored",
        "alter table shop.kept drop trap",
      ],
      ["alter table shop.kept add constraint trap check (shop.trap(id))", "alter table shop.kept drop constraint trap"],
    ];
    const told =
      /to (read|write to) shop\.kept would run shop\.(on_update\(\)|trap\(integer\)) of the role ltd_mallory/;
    for (const [set, take] of written) {
      await owner.script(`${set}; update shop.kept set q = q || '？'`);
      await refused((database) => sync(database, index, embedder), told);
      await refused((database) => setWeights(database, "kept", [{ word: "退款", idf: 2 }]), told);
      await owner.script(take);
      assert.equal((await sync(superuser, await getIndex(superuser, "kept"), embedder)).errors, 0, set);
    }
    await owner.script(`create index trap on shop.kept (id) where shop.trap(1)`);
    await refused((database) => similar(database, index, 1), told);
    await refused((database) => dedupe(database, "kept"), told);
    await owner.script("drop index shop.trap");
  });
});
