import assert from "node:assert/strict";
import { it } from "node:test";
import { addAlias } from "../../../src/app/ask/alias.ts";
import { match } from "../../../src/app/ask/match.ts";
import { search } from "../../../src/app/ask/search.ts";
import { searchableIndex } from "../../../src/app/ask/searchable.ts";
import { dedupe } from "../../../src/app/cluster/dedupe.ts";
import { installSql } from "../../../src/app/functions/install.ts";
import { add } from "../../../src/app/keep/add.ts";
import { init } from "../../../src/app/keep/init.ts";
import { sync } from "../../../src/app/keep/sync.ts";
import { doctor } from "../../../src/app/operate/doctor.ts";
import { grantReader } from "../../../src/app/operate/grant.ts";
import { verify } from "../../../src/app/operate/verify.ts";
import { setWeights } from "../../../src/app/operate/weights.ts";
import { openServer } from "../../../src/db/connect/server.ts";
import type { Database } from "../../../src/db/database.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { createEmbedder } from "../../../src/embed/embedder.ts";
import { runCli } from "../../support/cli.ts";
import { describeServer } from "../../support/databases.ts";
import { urlAs } from "../../support/roles.ts";

describeServer("a reader", (databases) => {
  it("sees entries and aliases of the rows that it may see, and of no others", async () => {
    const target = await databases.createTarget();
    const owner = await openServer(target);
    const [reader, broad] = [`ltd_reader_${process.pid}_7`, `ltd_broad_${process.pid}_7`];
    const opened: Database[] = [owner];
    const as = async (role: string): Promise<Database> => {
      opened.push(await openServer(urlAs(target, role)));
      return opened.at(-1)!;
    };
    const embedder = await createEmbedder({ threads: 1 });
    const keys = async (database: Database, sql: string): Promise<unknown[]> =>
      (await database.query<{ key: unknown }>(`select key from ${sql} order by 1`)).map(({ key }) => key);
    try {
      await init(owner, embedder.model);
      await owner.script(`create role ${reader} login password 'secret'; create role ${broad} login password 'secret';
        create table faq (id int primary key, question text, is_open boolean);
        insert into faq values (1, '怎么退款', true), (2, '怎么退款！', false), (3, '怎么退款？', true), (4, '裁员名单', false);
        create table secret (id int primary key, question text); insert into secret values (1, '裁员名单')`);
      await add(owner, embedder.model, { table: "faq" });
      await add(owner, embedder.model, { table: "secret" });
      for (const name of ["faq", "secret"]) await sync(owner, await getIndex(owner, name), embedder);
      await addAlias(owner, "faq", [
        { key: 3, question: "钱还给我" },
        { key: 4, question: "谁要走" },
        { key: 3, question: "怎么退货", isNegative: true },
        { key: 4, question: "谁要来", isNegative: true },
      ]);
      await addAlias(owner, "secret", [{ key: 1, question: "谁要走" }]);
      const printed = await runCli(["grant", "reader", "faq", "TO", reader], { database: owner });
      assert.equal(printed.stdout, (await grantReader(owner, "faq", reader)).map((each) => `${each};\n`).join(""));
      await owner.script(printed.stdout);
      const database = await as(reader);
      assert.deepEqual(
        await keys(database, "ltd.entry_faq"),
        [1, 2, 3, 4],
        "without policies all rows are seen, and all entries",
      );
      await assert.rejects(database.query("select from ltd.entry_secret"), { message: /denied/ });
      assert.deepEqual(
        await keys(database, "ltd.alias"),
        [["3"], ["4"]],
        "the other index is of a table without a grant",
      );

      await owner.script(`alter table faq enable row level security; create policy open_rows on faq using (is_open)`);
      const told = JSON.stringify(await doctor(owner));
      assert.match(
        told,
        /ltd\.entry_1 shows words and vectors of rows that row-level security hides.*verify faq --repair/,
      );
      const refused = { code: "index", message: /shows words and vectors/, hint: /verify faq --repair/ };
      await assert.rejects(grantReader(owner, "faq", broad), refused);
      assert.ok(!(await verify(owner, await getIndex(owner, "faq"), embedder, { repair: true })).ok);
      await owner.script(`grant usage on schema ltd to ${broad}; grant select on all tables in schema ltd to ${broad}`);
      const index = await getIndex(owner, "faq");
      assert.deepEqual(await keys(database, `ltd.entry_${index.id}`), [1, 3]);
      assert.deepEqual(await keys(database, "ltd.entry_faq"), [1, 3]);
      for (const table of ["alias", "negative"]) assert.deepEqual(await keys(database, `ltd.${table}`), [["3"]], table);
      const [found] = await match(searchableIndex(database, { record: index, embedder }), ["钱还给我"]);
      assert.deepEqual([found!.answers[0]!.key, found!.answers[0]!.found], [["3"], "alias"]);
      const [near] = await match(searchableIndex(database, { record: index, embedder }), ["谁要走"]);
      assert.deepEqual(near!.answers.flatMap(({ key, others }) => [key, ...others].flat()).toSorted(), ["1", "3"]);
      assert.deepEqual(
        (await search(database, index, embedder, ["裁员名单"]))[0]!.hits.map(({ key }) => key[0]).toSorted(),
        ["1", "3"],
      );
      const groups = (await dedupe(database, "faq")).groups.map(({ survivor, duplicates }) =>
        [survivor, ...duplicates].map(({ key }) => key[0]),
      );
      assert.deepEqual(groups, [["1", "3"]]);

      // what docs/roles.md told before
      const other = await as(broad);
      for (const sql of ["ltd.entry_faq", "ltd.entry_secret", "ltd.alias"])
        assert.deepEqual(await keys(other, sql), sql === "ltd.entry_secret" ? [1] : [], sql);
      assert.match(
        JSON.stringify(await doctor(owner)),
        new RegExp(`the role ${broad} can read all tables of schema ltd.*grant reader <index> to ${broad}`),
      );
      assert.doesNotMatch(JSON.stringify(await doctor(owner)), new RegExp(`the role ${reader} `));

      // another generation, and the functions, are for the reader too, with the same rows
      await setWeights(owner, "faq", [{ word: "退款", idf: 2 }]);
      const next = await getIndex(owner, "faq");
      assert.notEqual(next.id, index.id);
      assert.deepEqual(await keys(database, "ltd.entry_faq"), [1, 3]);
      const wordings = `(select distinct key from ltd.wording_vector where index_id = ${next.id}) w`;
      assert.deepEqual(await keys(database, wordings), [["3"]]);
      assert.deepEqual(await keys(owner, wordings), [["3"], ["4"]]);
      await installSql(owner, { views: true });
      for (const each of await grantReader(owner, "faq", reader)) await owner.query(each);
      assert.deepEqual(await keys(database, "ltd.faq"), [1, 3]);
      const [answer] = await database.query<{ keys: string[] }>(
        "select array(select unnest(key || others) order by 1) as keys from ltd.match('faq', '裁员名单')",
      );
      assert.deepEqual(answer!.keys, ["1", "3"]);
      assert.deepEqual(await keys(database, "ltd.search('faq', '裁员名单')"), [["1"], ["3"]]);
    } finally {
      await embedder.close();
      await owner.script(`drop owned by ${reader}, ${broad}; drop role ${reader}; drop role ${broad}`);
      await Promise.all(opened.map((database) => database.close()));
    }
  });
});
