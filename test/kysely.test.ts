import assert from "node:assert/strict";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import * as kysely from "kysely";
import type { Database } from "../src/db/database.ts";
import { cosineDistance, entries, searchSettings, similarity, type EntryTable } from "../src/kysely.ts";
import { cosineOnCircle, makeCircle, onCircle } from "./support/circle.ts";
import { describeDatabases } from "./support/databases.ts";
import { userDatabase } from "./support/user-kysely.ts";

interface Tables {
  faq: { id: number; title: string; rare: boolean };
  shop: { id: number; lang: string; title: string };
  /** A table with vectors in a column of its own. */
  own: { id: number; embedding: string | null };
  "ltd.entry_faq": EntryTable<number>;
}

const near = onCircle(160);

describeDatabases("a query of Kysely's", (databases) => {
  let database: Database;
  let db: kysely.Kysely<Tables>;
  before(async () => {
    ({ database, db } = await userDatabase<Tables>(databases));
    await makeCircle(database);
    await database.script(`create table own (id int primary key, embedding vector(3));
      insert into own select key, embedding from ltd.entry_faq`);
  });
  after(async () => {
    await db.destroy();
    await database.close();
  });

  const nearest = () =>
    db
      .selectFrom("faq")
      .innerJoin(entries<number>("faq").as("e"), "e.key", "faq.id")
      .select(["faq.id", "faq.title", similarity("e.embedding", near).as("similarity")])
      .orderBy(cosineDistance("e.embedding", near))
      .limit(3);

  it("joins the entries of an index, selects the similarity and is ordered by the distance", async () => {
    const rows = await nearest().execute();
    assert.deepEqual(rows.map(({ id }) => id).toSorted(), [159, 160, 161]);
    assert.deepEqual([rows[0]!.id, rows[0]!.title], [160, "title 160"]);
    for (const { id, similarity: cosine } of rows) assert.ok(Math.abs(cosine - cosineOnCircle(id, 160)) < 1e-5);
  });

  it("is answered by the HNSW index", async () => {
    const { sql, parameters } = nearest().compile();
    const plan = await database.transaction(async (tx) => {
      await tx.query("set local enable_seqscan = off");
      await tx.query("set local enable_sort = off");
      return tx.query(`explain (format json) ${sql}`, parameters);
    });
    assert.match(JSON.stringify(plan), /entry_\d+_embedding_idx/);
  });

  it("takes references that the compiler checks, conditions on the distance, and expressions for the vector", async () => {
    const rows = await db
      .selectFrom("ltd.entry_faq as q")
      .innerJoin("ltd.entry_faq as e", (join) => join.onRef("e.key", "<>", "q.key"))
      .innerJoin("faq", "faq.id", "e.key")
      .where("q.key", "=", 7)
      .where((eb) => kysely.sql<boolean>`${cosineDistance(eb.ref("e.embedding"), eb.ref("q.embedding"))} < 0.0001`)
      .select((eb) => ["faq.id", similarity(eb.ref("e.embedding"), eb.ref("q.embedding")).as("similarity")])
      .orderBy((eb) => cosineDistance(eb.ref("e.embedding"), eb.ref("q.embedding")))
      .execute();
    assert.deepEqual(
      rows.map(({ id }) => id).toSorted((a, b) => a - b),
      [4, 5, 6, 8, 9, 10],
    );
  });

  it("has as many rows as its limit, however few pass a condition, with the settings of a search", async () => {
    const rare = async (trx: kysely.Kysely<Tables>) =>
      trx
        .selectFrom("ltd.entry_faq as e")
        .where((eb) =>
          eb.exists(
            eb.selectFrom("faq").whereRef("faq.id", "=", "e.key").where("faq.rare", "=", true).select("faq.id"),
          ),
        )
        .select("e.key")
        .orderBy(cosineDistance("e.embedding", Array.from(near)))
        .limit(4)
        .execute();
    const found = await db.transaction().execute(async (trx) => {
      const { rows } = await trx.executeQuery(searchSettings({ efSearch: 5 }));
      assert.deepEqual(rows, [{ efSearch: "5", iterativeScan: "strict_order" }]);
      await kysely.sql`set local enable_seqscan = off`.execute(trx);
      return rare(trx);
    });
    assert.deepEqual(
      found.map(({ key }) => key),
      [200, 100, 300, 400],
    );
  });

  it("joins by a key of several columns", async () => {
    const rows = await db
      .selectFrom("shop")
      .innerJoin(entries<[number, string]>("shop").as("e"), (join) =>
        join.onRef("e.key_1", "=", "shop.id").onRef("e.key_2", "=", "shop.lang"),
      )
      .select(["shop.title", "e.key_1", "e.key_2", "e.truncated"])
      .orderBy(cosineDistance("e.embedding", near))
      .limit(1)
      .execute();
    assert.deepEqual(rows, [{ title: "title 160", key_1: 160, key_2: "zh", truncated: false }]);
  });

  it("is ordered by a column of vectors of the table itself", async () => {
    const rows = await db
      .selectFrom("own")
      .select(["own.id"])
      .orderBy((eb) => cosineDistance(eb.ref("own.embedding"), near))
      .limit(1)
      .execute();
    assert.deepEqual(rows, [{ id: 160 }]);
  });
});

describe("a query of another copy of Kysely", () => {
  it("takes the same expressions", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ltd-kysely-"));
    try {
      const installed = join(import.meta.dirname, "../node_modules/kysely");
      await cp(installed, join(folder, "kysely"), { recursive: true, dereference: true });
      const main = pathToFileURL(join(folder, "kysely/dist/esm/index.js")).href;
      const copy = (await import(main)) as typeof kysely;
      assert.notEqual(copy.Kysely, kysely.Kysely);
      const db = new copy.Kysely<Tables>({
        dialect: {
          createAdapter: () => new copy.PostgresAdapter(),
          createDriver: () => new copy.DummyDriver(),
          createIntrospector: (own) => new copy.PostgresIntrospector(own),
          createQueryCompiler: () => new copy.PostgresQueryCompiler(),
        },
      });
      const query = db
        .withSchema("app")
        .selectFrom("faq")
        .innerJoin(entries<number>("faq").as("e"), "e.key", "faq.id")
        .select((eb) => ["faq.id", similarity(eb.ref("e.embedding"), [1, 0, 0]).as("similarity")])
        .orderBy(cosineDistance("e.embedding", Float32Array.of(0, 1, 0)))
        .compile();
      assert.equal(
        query.sql,
        'select "app"."faq"."id", 1 - ("e"."embedding" <=> $1) as "similarity" from "app"."faq" ' +
          'inner join "ltd"."entry_faq" as "e" on "e"."key" = "app"."faq"."id" order by "e"."embedding" <=> $2',
      );
      assert.deepEqual(query.parameters, ["[1,0,0]", "[0,1,0]"]);
      await db.executeQuery(searchSettings());
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
