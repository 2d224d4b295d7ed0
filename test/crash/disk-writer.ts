/** Writes into an embedded database and syncs it until its disk is full; tells what was committed, then ends with 3. */
import { openEmbedded } from "../../src/db/connect/embedded.ts";
import { LtdError, openIndex } from "../../src/index.ts";

const [folder, from] = process.argv.slice(2) as [string, string];

async function write(): Promise<void> {
  const database = await openEmbedded(folder);
  try {
    const index = await openIndex({ index: "faq", database, threads: 1 });
    try {
      for (let id = Number(from); ; id += 200) {
        await database.query(
          "insert into faq select g, '第' || g || '个问题', repeat(md5(g::text), 40) from generate_series($1::int, $2::int) g",
          [id, id + 199],
        );
        process.send?.(id + 199);
        await index.sync();
      }
    } finally {
      await index.close();
    }
  } finally {
    await database.close();
  }
}

try {
  await write();
} catch (error) {
  if (!(error instanceof LtdError)) throw error;
  process.stderr.write(`${error.message}\n${error.hint ?? ""}\n`);
  process.exitCode = 3;
}
process.disconnect?.();
