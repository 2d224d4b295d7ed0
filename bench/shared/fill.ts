import type { Database } from "../../src/index.ts";
import { copyBinary } from "../../src/db/connect/copy-binary.ts";
import { readCorpus } from "./corpus.ts";

/** Makes a table of the first `rows` sentences of a corpus. */
export async function fill(database: Database, table: string, corpus: string, rows: number): Promise<void> {
  await database.query(`create table ${table} (id bigint primary key, title text, source text, views int default 0)`);
  let id = 0;
  let chunk: string[] = [];
  const write = async (): Promise<void> => {
    const data = copyBinary(chunk, 3, (out, title) => {
      out.int8(++id);
      out.text(title);
      out.text("corpus");
    });
    await database.copyIn(`copy ${table} (id, title, source) from stdin (format binary)`, data);
    chunk = [];
  };
  for await (const title of readCorpus(corpus, rows)) {
    chunk.push(title);
    if (chunk.length === 10_000) await write();
  }
  if (chunk.length > 0) await write();
  await database.query(`analyze ${table}`);
}
