import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { LtdError } from "../../../src/errors.ts";
import { openEmbedded } from "../../../src/db/connect/embedded.ts";
import { smallDisk } from "../../support/small-disk.ts";

const disk = smallDisk(20);
const main = join(import.meta.dirname, "../../../src/cli/main.ts");
/** Some megabytes of rows, written ahead in the log too. */
const fill = "insert into kept select g + 1000, repeat(md5(g::text), 40) from generate_series(1, 30000) g";

describe("the embedded database on a full disk", { skip: typeof disk === "string" && disk }, () => {
  if (typeof disk === "string") return;
  after(() => disk.remove());
  const folder = join(disk.folder, "db");
  /** A verb of the program in a process of its own: it must end by itself. */
  const verb = () =>
    spawnSync(
      process.execPath,
      [main, "query", "select count(*)::int as rows from kept", "--database-folder", folder],
      {
        encoding: "utf8",
        timeout: 120_000,
        killSignal: "SIGKILL",
      },
    );
  const saysFull = (error: unknown) => {
    assert.ok(error instanceof LtdError, String(error));
    assert.equal(error.code, "database");
    assert.match(error.message, /disk.* is full: .*(No space left on device)/);
    assert.match(error.hint ?? "", /^free disk space .*: what was committed is kept$/);
    return true;
  };

  it("says so when it is made, and leaves nothing behind", async () => {
    await assert.rejects(openEmbedded(folder), saysFull);
    assert.deepEqual(readdirSync(disk.folder), []);
  });

  it("stops with the cause while it works, opens again when there is space, and has what was committed", async () => {
    disk.resize(64);
    const database = await openEmbedded(folder);
    await database.script("create table kept (id int primary key, value text); insert into kept values (1, 'yes')");
    await assert.rejects(
      database.transaction((tx) => tx.query(fill)),
      saysFull,
    );
    await assert.rejects(database.query("select 1"), saysFull, "not the error that follows from it");
    await assert.rejects(database.script("select 1"), saysFull);
    await database.close();

    disk.resize(56);
    const full = verb();
    assert.deepEqual([full.status, full.signal, full.stdout], [1, null, ""], full.stderr);
    assert.match(full.stderr, /^error: the disk of the embedded database in .* is full: .*No space left/);
    assert.match(full.stderr, /\nhint: free disk space there .*\n$/);
    assert.doesNotMatch(full.stderr, /move|delete|damaged|init/);

    disk.resize(200);
    const again = verb();
    assert.equal(again.stdout, "rows\n1\n", again.stderr);
  });
});
