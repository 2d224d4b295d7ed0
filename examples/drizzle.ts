// Drizzle: ask by ltd.match, or order by the view of the index. Once: ltd-index sql install --views
//   npm install drizzle-orm pg
//   DATABASE_URL=postgres://… node drizzle.ts 怎么退款
import { cosineDistance, eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import { bigint, pgSchema, pgTable, text, vector } from "drizzle-orm/pg-core";
import pg from "pg";

const faq = pgTable("faq", { id: bigint({ mode: "number" }).primaryKey(), question: text(), answer: text() });
// the view that `sql install --views` has made; `existing` keeps drizzle-kit from making it
const indexed = pgSchema("ltd")
  .view("faq", {
    id: bigint("id", { mode: "number" }),
    question: text("question"),
    embedding: vector("embedding", { dimensions: 512 }),
  })
  .existing();

const pool = new pg.Pool({ connectionString: process.env["DATABASE_URL"] });
const db = drizzle({ client: pool });
const question = process.argv[2] ?? "怎么退款";

// the decision, and the row of the table joined by its key; the order is that of ltd.match
const matched = await db
  .select({ decision: sql<"answer" | "suggest" | "none">`m.decision`, question: faq.question, answer: faq.answer })
  .from(sql`ltd.match('faq', ${question}, 3) with ordinality m`)
  .innerJoin(faq, eq(sql`${faq.id}::text`, sql`m.key[1]`))
  .orderBy(sql`m.ordinality`);
console.log(matched[0]);

// rows like another one, with conditions and joins of one's own
const [row] = await db.select().from(indexed).where(eq(indexed.id, 1)).limit(1);
const similar = await db
  .select({ id: indexed.id, question: indexed.question })
  .from(indexed)
  .where(sql`${indexed.id} <> 1`)
  .orderBy(cosineDistance(indexed.embedding, row!.embedding!))
  .limit(2);
console.log(similar);
await pool.end();
