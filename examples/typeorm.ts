// TypeORM: ask by ltd.match, then load entities; and the view of the index as an entity. Once: ltd-index sql install --views
//   npm install typeorm pg
//   DATABASE_URL=postgres://… node typeorm.ts 怎么退款
import { DataSource, EntitySchema, In } from "typeorm";

interface Faq {
  id: string;
  question: string;
  answer: string;
}
const faqSchema = new EntitySchema<Faq>({
  name: "faq",
  columns: { id: { type: "bigint", primary: true }, question: { type: "text" }, answer: { type: "text" } },
});
// never `synchronize`: the view belongs to ltd-index
const indexedSchema = new EntitySchema<{ id: string; text: string }>({
  name: "indexed",
  type: "view",
  schema: "ltd",
  tableName: "faq",
  columns: { id: { type: "bigint", primary: true }, text: { type: "text" } },
});

const source = new DataSource({
  type: "postgres",
  ...(process.env["DATABASE_URL"] !== undefined && { url: process.env["DATABASE_URL"] }),
  entities: [faqSchema, indexedSchema],
});
await source.initialize();
const question = process.argv[2] ?? "怎么退款";

interface Match {
  key: string[];
  decision: "answer" | "suggest" | "none";
}
const matches = await source.query<Match[]>("select key, decision from ltd.match('faq', $1, 3)", [question]);
const rows = await source.getRepository(faqSchema).findBy({ id: In(matches.map(({ key }) => key[0]!)) });
const first = rows.find(({ id }) => id === matches[0]?.key[0]); // the order is that of ltd.match, not of the table
console.log(matches[0]?.decision ?? "none", first?.answer);

const nearest = await source
  .createQueryBuilder(indexedSchema, "e")
  .orderBy("e.embedding <=> (select ltd.embed('faq', :question))")
  .setParameters({ question })
  .limit(2)
  .getMany();
console.log(nearest);
await source.destroy();
