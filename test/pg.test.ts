import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import pg from "pg";
import type { Database } from "../src/db/database.ts";
import { cosineDistance, entries, registerTypes, searchSettings, similarity, sql, type Sql } from "../src/pg.ts";
import { cosineOnCircle, makeCircle, onCircle } from "./support/circle.ts";
import { describeDatabases, describeServer } from "./support/databases.ts";

const near = onCircle(160);
const nearest = (rare?: boolean): Sql => sql`
  select f.id, f.title, ${similarity("e.embedding", near)} as similarity
  from faq f join ${entries("faq")} e on e.key = f.id
  ${rare === undefined ? sql`` : sql`where f.rare = ${rare}`}
  order by ${cosineDistance("e.embedding", near)} limit ${3}`;

interface Hit {
  id: number;
  title: string;
  similarity: number;
}

describe("a query from a template", () => {
  it("numbers its parameters, and has those of its pieces in their places", () => {
    const condition = sql`a = ${1} and b = ${"x"}`;
    const { text, values } =
      sql`select ${"y"}::text from t where ${condition} and (${condition} or c = any(${[1, 2]}))`;
    assert.equal(text, "select $1::text from t where a = $2 and b = $3 and (a = $4 and b = $5 or c = any($6))");
    assert.deepEqual(values, ["y", 1, "x", 1, "x", [1, 2]]);
  });

  it("sends a vector once", () => {
    const query = nearest(true);
    assert.equal(
      query.text.replaceAll(/\s+/g, " "),
      ' select f.id, f.title, 1 - ("e"."embedding" <=> $1) as similarity from faq f join "ltd"."entry_faq" e on e.key = f.id' +
        ' where f.rare = $2 order by "e"."embedding" <=> $1 limit $3',
    );
    assert.deepEqual(query.values, [`[${Array.from(near).join(",")}]`, true, 3]);
  });

  it("quotes names, and takes nothing else for text", () => {
    assert.equal(cosineDistance('e.a"b', [1]).text, '"e"."a""b" <=> $1');
    assert.equal(entries('faq"; drop table faq; --').text, '"ltd"."entry_faq""; drop table faq; --"');
    const posing = { text: "drop table faq", values: [] };
    assert.deepEqual(sql`select ${posing}`.values, [posing]);
    assert.equal(cosineDistance(sql`coalesce(e.a, e.b)`, sql`q.embedding`).text, "coalesce(e.a, e.b) <=> q.embedding");
  });
});

describeDatabases("a query from a template", (databases) => {
  let database: Database;
  before(async () => {
    database = await databases.create();
    await makeCircle(database);
  });
  const run = ({ text, values }: Sql) => database.query<Hit>(text, values);

  it("finds the nearest rows", async () => {
    const rows = await run(nearest());
    assert.deepEqual(rows.map(({ id }) => id).toSorted(), [159, 160, 161]);
    for (const { id, similarity: cosine } of rows) assert.ok(Math.abs(cosine - cosineOnCircle(id, 160)) < 1e-5);
    assert.deepEqual(
      (await run(nearest(true))).map(({ id }) => id),
      [200, 100, 300],
    );
  });
});

describeServer("a query from a template", (databases) => {
  it("is what pools and clients of node-postgres take", async () => {
    const connectionString = await databases.createTarget();
    const { openDatabase } = await import("../src/db/connect/open.ts");
    const database = await openDatabase({ url: connectionString });
    await makeCircle(database);
    const pool = new pg.Pool({ connectionString });
    assert.equal((await pool.query<Hit>(nearest())).rows[0]!.title, "title 160");
    const client = await pool.connect();
    await registerTypes(client);
    await client.query("begin");
    assert.deepEqual((await client.query(searchSettings({ efSearch: 5 }))).rows, [
      { efSearch: "5", iterativeScan: "strict_order" },
    ]);
    const [row] = (
      await client.query<{ embedding: number[] }>(sql`select embedding from ${entries("faq")} where key = ${160}`)
    ).rows;
    assert.deepEqual(row!.embedding.map(Math.fround), Array.from(near));
    await client.query("commit");
    client.release();
    await pool.end();
    await database.close();
  });
});
