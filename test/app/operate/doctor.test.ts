import assert from "node:assert/strict";
import { it } from "node:test";
import { add } from "../../../src/app/keep/add.ts";
import { init } from "../../../src/app/keep/init.ts";
import { sync } from "../../../src/app/keep/sync.ts";
import { grantReader } from "../../../src/app/operate/grant.ts";
import { verify } from "../../../src/app/operate/verify.ts";
import { openServer } from "../../../src/db/connect/server.ts";
import type { Database } from "../../../src/db/database.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { createEmbedder } from "../../../src/embed/embedder.ts";
import { runCli } from "../../support/cli.ts";
import { describeServer } from "../../support/databases.ts";

/** What is wrong at once in the database below, and the command that `doctor` names for each. */
const told: [found: RegExp, advice: RegExp][] = [
  [/row-level security hides rows of public\.hidden from the role ltd_doctor/, /alter role ltd_doctor_\d+ bypassrls/],
  [/the role ltd_broad_\d+ can read all tables of schema ltd/, /ltd-index grant reader <index> to ltd_broad/],
  [/the log ltd\.change_2 has no replica identity/, /ltd-index verify published --repair/],
  [/statement_timeout is 120000ms/, /alter role ltd_doctor_\d+ set statement_timeout = 0/],
  [/public\.born has become a partition/, /ltd-index verify born --repair/],
  [/columns or file of public\.renamed have changed/, /ltd-index sync renamed/],
];

describeServer("doctor", (databases) => {
  it("names everything that is wrong at once, each with its next command; done, nothing is wrong", async () => {
    const target = await databases.createTarget();
    const owner = await openServer(target);
    const [worker, broad] = [`ltd_doctor_${process.pid}`, `ltd_broad_${process.pid}`];
    const embedder = await createEmbedder({ threads: 1 });
    let database: Database | undefined;
    const names = ["hidden", "published", "born", "renamed"];
    try {
      await init(owner, embedder.model);
      for (const name of names) {
        await owner.script(`create table ${name} (id int primary key, question text, other text);
          insert into ${name} values (1, '怎么退款', '忘记密码了')`);
        await add(owner, embedder.model, { table: name, template: "{question}" });
        await sync(owner, await getIndex(owner, name), embedder);
      }
      await owner.script(`create role ${worker} login password 'secret'; create role ${broad};
        grant usage on schema ltd to ${worker}, ${broad};
        grant select, insert, update, delete on all tables in schema ltd to ${worker}; grant usage on all sequences in schema ltd to ${worker};
        grant select on ${names.join(", ")} to ${worker};
        alter table hidden enable row level security; create policy none on hidden using (false);
        grant select on all tables in schema ltd to ${broad};
        create publication everything for all tables; alter table ltd.change_2 replica identity default;
        alter role ${worker} set statement_timeout = '2min';
        create table family (id int primary key, question text, other text) partition by range (id);
        alter table family attach partition born for values from (0) to (100);
        alter table renamed rename question to third; alter table renamed rename other to question`);
      const url = new URL(target);
      [url.username, url.password] = [worker, "secret"];
      database = await openServer(url.href);
      const { code, stdout } = await runCli(["doctor", "--json"], { database });
      assert.equal(code, 3);
      const checks = stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { level: string; found: string; advice: string | null });
      for (const [found, advice] of told) {
        const check = checks.find((each) => found.test(each.found));
        assert.ok(check, `${found}\n${stdout}`);
        assert.match(check.advice ?? "", advice);
        assert.notEqual(check.level, "ok");
      }

      // as it was told
      await owner.script(`alter role ${worker} bypassrls; alter role ${worker} set statement_timeout = 0;
        revoke select on all tables in schema ltd from ${broad}`);
      for (const each of await grantReader(owner, "published", broad)) await owner.query(each);
      for (const name of names) {
        await verify(owner, await getIndex(owner, name), embedder, { repair: true });
        assert.deepEqual((await sync(owner, await getIndex(owner, name), embedder)).problems, [], name);
      }
      await owner.script(`grant select, insert, update, delete on all tables in schema ltd to ${worker}`);
      await database.close();
      database = await openServer(url.href);
      const after = (await runCli(["doctor", "--json"], { database })).stdout;
      for (const [found] of told) assert.doesNotMatch(after, found);
      assert.ok((await verify(owner, await getIndex(owner, "renamed"), embedder)).ok);
    } finally {
      await embedder.close();
      await database?.close();
      await owner.script(
        `drop publication everything; drop owned by ${worker}, ${broad}; drop role ${worker}; drop role ${broad}`,
      );
      await owner.close();
    }
  });
});
