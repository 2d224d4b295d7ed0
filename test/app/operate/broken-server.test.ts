import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { StartedPostgreSqlContainer } from "@testcontainers/postgresql";
import { add } from "../../../src/app/keep/add.ts";
import { doctor } from "../../../src/app/operate/doctor.ts";
import { init } from "../../../src/app/keep/init.ts";
import { statusOf } from "../../../src/app/status.ts";
import { sync } from "../../../src/app/keep/sync.ts";
import { verify } from "../../../src/app/operate/verify.ts";
import type { Database } from "../../../src/db/database.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { openServer } from "../../../src/db/connect/server.ts";
import { createEmbedder, type Embedder } from "../../../src/embed/embedder.ts";
import { postgresContainer } from "../../support/container.ts";

const own = postgresContainer()
  .withTmpFs({ "/small": "rw,size=6m" })
  .withCommand(["postgres", "-c", "max_prepared_transactions=2"]);
// Started before the suite is declared: whether there is a container engine says whether it is skipped. In CI that is a failure.
const started = await own.start().catch((error: unknown) => {
  if (process.env["CI"]) throw error;
  return `no PostgreSQL container: ${String(error)}`;
});

/** What needs a server that can be broken: one of its own. */
describe("a server that is broken", { skip: typeof started === "string" ? started : false }, () => {
  const container = started as StartedPostgreSqlContainer;
  let database: Database;
  let embedder: Embedder;
  const shell = async (command: string) => {
    const { exitCode, output } = await container.exec(["sh", "-ec", command]);
    assert.equal(exitCode, 0, output);
    return output.trim();
  };

  before(async () => {
    database = await openServer(container.getConnectionUri());
    embedder = await createEmbedder({ threads: 1 });
  });
  after(async () => {
    await embedder?.close();
    await database?.close();
    await container.stop();
  });

  it("has no pgvector, or one that is too old: init and doctor say what to do", async () => {
    const file = await shell("ls /usr/share/postgresql/*/extension/vector.control");
    await shell(`mv ${file} ${file}.away`);
    await assert.rejects(init(database, embedder.model), { code: "database", message: /no pgvector/, hint: /install/ });
    const [missing] = (await doctor(database)).filter(({ check }) => check === "pgvector");
    assert.deepEqual([missing!.level, missing!.advice], ["problem", "install pgvector 0.8.4 or newer on the server"]);
    await shell(`sed "s/^default_version.*/default_version = '0.7.4'/" ${file}.away > ${file}`);
    await assert.rejects(init(database, embedder.model), {
      code: "database",
      message: /0\.7\.4; 0\.8\.0/,
      hint: /upgrade/,
    });
    await shell(`mv ${file}.away ${file}`);
    await init(database, embedder.model);
    for (const [version, level] of [
      ["0.7.4", "problem"],
      ["0.8.3", "warning"],
      ["0.8.4", "ok"],
    ]) {
      await database.query("update pg_extension set extversion = $1 where extname = 'vector'", [version]);
      const [first] = (await doctor(database)).filter(({ check }) => check === "pgvector");
      assert.equal(first!.level, level, first!.found);
      if (version === "0.8.3") assert.match(first!.found, /CVE-2026-3172/);
    }
  });

  it("is full at COPY: sync says so, blames no row, and goes on when there is room", async () => {
    await shell("mkdir /small/space && chown postgres /small/space");
    await database.query("create tablespace small location '/small/space'");
    await database.script(`create table faq (id int primary key, question text);
      insert into faq select n, '第' || n || '个问题' from generate_series(1, 5000) n`);
    await add(database, embedder.model, { table: "faq" });
    const index = await getIndex(database, "faq");
    await database.query(`alter table ltd.entry_${index.id} set tablespace small`);
    await assert.rejects(sync(database, index, embedder), {
      code: "database",
      message: /No space left/,
      hint: /free disk space/,
    });
    const { pending, leased, failed, indexed } = await statusOf(database, index);
    assert.deepEqual([pending + indexed, leased, failed], [5000, 0, 0]);
    assert.ok(pending > 0);
    assert.deepEqual(await database.query("select max(attempts) as attempts from ltd.queue"), [{ attempts: 0 }]);
    await database.query(`alter table ltd.entry_${index.id} set tablespace pg_default`);
    assert.equal((await sync(database, index, embedder)).embedded, pending);
  });

  it("loses the connection in the middle: nothing is lost, and the next sync goes on", async () => {
    const index = await getIndex(database, "faq");
    await database.query("update faq set question = question || '？怎么办'");
    let cut = false;
    const cutting: Embedder = {
      ...embedder,
      async embedInputs(inputs, options) {
        if (!cut)
          await shell(
            `psql -h /var/run/postgresql -U app -d app -c "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'"`,
          );
        cut = true;
        return embedder.embedInputs(inputs, options);
      },
    };
    // a connection that is idle at that moment is replaced silently: so it may also just succeed
    await sync(database, index, cutting).catch((error: { code: string }) => assert.equal(error.code, "database"));
    assert.ok(cut);
    await database.query("update ltd.queue set leased_until = null, not_before = now()");
    await sync(database, index, embedder);
    const { ok, compared } = await verify(database, index, embedder);
    assert.deepEqual([ok, compared], [true, 5000]);
  });

  it("commits in two phases: a prepared transaction is seen when it is committed, and not before", async () => {
    const index = await getIndex(database, "faq");
    for (const [end, seen] of [
      ["rollback", 0],
      ["commit", 2],
    ] as const) {
      await database.script(`begin; update faq set question = '${end}：怎么退款' where id in (1, 2);
        delete from faq where id = 5000 and '${end}' = 'rollback'; prepare transaction 'two'`);
      const before = await sync(database, index, embedder);
      assert.deepEqual([before.embedded, before.deleted, before.pending], [0, 0, 0]);
      await database.query(`${end} prepared 'two'`);
      assert.equal((await sync(database, index, embedder)).embedded, seen);
    }
    assert.ok((await verify(database, index, embedder)).ok);
  });
});
