import { fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { add } from "../../src/app/keep/add.ts";
import { init } from "../../src/app/keep/init.ts";
import { sync } from "../../src/app/keep/sync.ts";
import { verify } from "../../src/app/operate/verify.ts";
import { openEmbedded } from "../../src/db/connect/embedded.ts";
import { getIndex } from "../../src/db/indexes/find-index.ts";
import { createEmbedder } from "../../src/embed/embedder.ts";
import { smallDisk } from "../support/small-disk.ts";

/** What came of {@link fillDisks}. */
export interface FullDiskResult {
  /** Rows that were committed. */
  rows: number;
  faults: string[];
}

/** Megabytes of an empty database, and those that each round adds. */
const [FIRST, MORE] = [110, 60];
const ENDS_WITHIN_MS = 240_000;
const main = join(import.meta.dirname, "../../src/cli/main.ts");

/**
 * Fills the disk of an embedded database, again and again. Whatever is under way then must end by itself and say why,
 * and so must the next verb; with more room every committed row is there, and its entry is right.
 *
 * @returns a line that says why, where a small disk cannot be mounted
 */
export async function fillDisks(rounds: number): Promise<FullDiskResult | string> {
  const disk = smallDisk(FIRST);
  if (typeof disk === "string") return disk;
  const folder = join(disk.folder, "db");
  const faults: string[] = [];
  const embedder = await createEmbedder({ model: "ltd-zh-2-tiny", threads: 1 });
  try {
    const made = await openEmbedded(folder);
    await init(made, embedder.model);
    await made.script("create table faq (id int primary key, title text, ballast text)");
    await add(made, embedder.model, { table: "faq", template: "{title}" });
    await made.close();
    let rows = 0;
    for (let round = 1; round <= rounds; round++) {
      rows = await write(folder, rows, faults);
      faults.push(...askFull(folder));
      disk.resize(FIRST + MORE * round);
      const database = await openEmbedded(folder);
      const [{ count }] = (await database.query("select count(*)::int as count from faq")) as [{ count: number }];
      // a batch whose commit was not told any more may be there
      if (count !== rows && count !== rows + 200) faults.push(`round ${round}: ${count} rows of ${rows}`);
      rows = count;
      await sync(database, await getIndex(database, "faq"), embedder);
      const result = await verify(database, await getIndex(database, "faq"), embedder);
      if (!result.ok) faults.push(`round ${round}: ${JSON.stringify(result)}`);
      await database.close();
    }
    return { rows, faults };
  } finally {
    await embedder.close();
    disk.remove();
  }
}

/** Writes until the disk is full; returns the rows that were committed. */
async function write(folder: string, rows: number, faults: string[]): Promise<number> {
  const child = fork(join(import.meta.dirname, "disk-writer.ts"), [folder, String(rows + 1)], {
    stdio: ["ignore", "inherit", "pipe", "ipc"],
    timeout: ENDS_WITHIN_MS,
    killSignal: "SIGKILL",
  });
  let committed = rows;
  child.on("message", (last) => (committed = last as number));
  const [said, [code]] = await Promise.all([text(child.stderr!), once(child, "exit")]);
  if (code !== 3) faults.push(`a writer on a full disk ended with ${String(code)}: ${said}`);
  faults.push(...misleading(said));
  return committed;
}

/** A verb on the full disk: it may answer, or must say that the disk is full. */
function askFull(folder: string): string[] {
  const how = { encoding: "utf8", timeout: ENDS_WITHIN_MS, killSignal: "SIGKILL" } as const;
  const args = [main, "query", "select count(*) from faq", "--database-folder", folder];
  const { status, signal, stderr } = spawnSync(process.execPath, args, how);
  if (signal !== null) return ["a verb on a full disk did not end"];
  return status === 0 ? [] : misleading(stderr);
}

function misleading(said: string): string[] {
  const isRight = /disk .*is full/.test(said) && !/move|delete|damaged/.test(said);
  return isRight ? [] : [`on a full disk it says: ${said}`];
}
