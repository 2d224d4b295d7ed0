/**
 * What the compiler accepts and what it refuses. Nothing here runs: `npm run types` compiles it against the sources, readme.test.ts against the
 * packed package.
 */
import type { Kysely } from "kysely";
import type { Pool } from "pg";
import { openIndex } from "../../src/index.ts";
import * as k from "../../src/kysely.ts";
import * as p from "../../src/pg.ts";

interface Faq {
  id: number;
  question: string;
}

interface Tables {
  faq: Faq;
  own: { id: number; embedding: string | null };
  "ltd.entry_faq": k.EntryTable<number>;
}

/** Compiles where both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare const same: <A, B>(areSame: Same<A, B>) => void;

export async function index(): Promise<void> {
  const faq = await openIndex<Faq>({ index: "faq" });
  const { answers, decision } = await faq.match("怎么退款", { signal: AbortSignal.timeout(1000) });
  same<(typeof answers)[number]["row"], Faq>(true);
  same<typeof decision, "answer" | "suggest" | "none">(true);
  const [twin] = await faq.similar(["a", 1, 2n], { limit: 1 });
  same<NonNullable<typeof twin>["row"], Faq>(true);
  same<Awaited<ReturnType<typeof faq.embedOne>>, Float32Array>(true);
  const found = await faq.search("还款", { limit: 1 });
  same<(typeof found.hits)[number]["row"], Faq>(true);
  const untyped = await openIndex({ index: "faq" });
  const [first] = await untyped.similar("1");
  same<NonNullable<typeof first>["row"], Readonly<Record<string, unknown>>>(true);
  // @ts-expect-error a row has no such column
  void answers[0]?.row.title;
  // @ts-expect-error a key is no object
  await faq.similar({ id: 1 });
  // @ts-expect-error a name is needed
  await openIndex({});
}

export async function withKysely(db: Kysely<Tables>, vector: Float32Array): Promise<void> {
  const rows = await db
    .selectFrom("faq")
    .innerJoin(k.entries<number>("faq").as("e"), "e.key", "faq.id")
    .select(["faq.question", "e.key", "e.truncated", k.similarity("e.embedding", vector).as("similarity")])
    .orderBy(k.cosineDistance("e.embedding", vector))
    .limit(5)
    .execute();
  same<(typeof rows)[number], { question: string; key: number; truncated: boolean; similarity: number }>(true);

  const composite = await db
    .selectFrom(k.entries<[string, number]>("shop").as("e"))
    .select(["e.key_1", "e.key_2"])
    .where((eb) => eb(k.cosineDistance(eb.ref("e.embedding"), [1, 2]), "<", 0.2))
    .execute();
  same<(typeof composite)[number], { key_1: string; key_2: number }>(true);

  const left = await db
    .selectFrom("faq")
    .leftJoin("ltd.entry_faq as e", "e.key", "faq.id")
    .select((eb) => k.similarity(eb.ref("e.embedding"), vector).as("similarity"))
    .execute();
  same<(typeof left)[number], { similarity: number }>(true);

  db.selectFrom("own").orderBy((eb) => k.cosineDistance(eb.ref("own.embedding"), eb.ref("own.embedding")));
  // @ts-expect-error the id is no vector
  db.selectFrom("faq").orderBy((eb) => k.cosineDistance(eb.ref("faq.id"), vector));
  // @ts-expect-error there is no such column
  db.selectFrom("faq").orderBy((eb) => k.cosineDistance(eb.ref("faq.embedding"), vector));
  // @ts-expect-error an entry of a single key has no second part
  db.selectFrom(k.entries<number>("faq").as("e")).select("e.key_2");
  // @ts-expect-error a key of two columns has no third part
  db.selectFrom(k.entries<[string, number]>("shop").as("e")).select("e.key_3");
  // @ts-expect-error a text must be embedded first
  k.cosineDistance("e.embedding", "怎么退款");
  // @ts-expect-error many vectors are not one
  k.similarity("e.embedding", [[1, 2]]);
  // @ts-expect-error it is a number
  k.searchSettings({ efSearch: "100" });
}

export async function withNodePostgres(pool: Pool, vector: Float32Array): Promise<void> {
  const query = p.sql`
    select f.question, ${p.similarity("e.embedding", vector)} as similarity
    from faq f join ${p.entries("faq")} e on e.key = f.id
    order by ${p.cosineDistance("e.embedding", vector)} limit ${5}`;
  same<typeof query, p.Sql>(true);
  const { rows } = await pool.query<{ question: string; similarity: number }>(query);
  same<(typeof rows)[number], { question: string; similarity: number }>(true);
  await pool.query(p.searchSettings({ efSearch: 200 }));
  p.cosineDistance(p.sql`e.embedding`, p.sql`q.embedding`);
  // @ts-expect-error a text must be embedded first
  p.cosineDistance("e.embedding", "怎么退款");
  // @ts-expect-error it is a template's tag
  p.sql("select 1");
  // @ts-expect-error the name of an index
  p.entries(7);
}
