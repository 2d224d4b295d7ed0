import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { add } from "../../src/app/keep/add.ts";
import { exportIndex } from "../../src/app/file/export.ts";
import { sync } from "../../src/app/keep/sync.ts";
import { openLocalFile } from "../../src/ann/local-file.ts";
import type { Database } from "../../src/db/database.ts";
import { getIndex } from "../../src/db/indexes/find-index.ts";
import { createEmbedder } from "../../src/embed/embedder.ts";
import { runCli } from "../support/cli.ts";
import { openTemplate } from "../support/templates.ts";
import { smallDisk } from "../support/small-disk.ts";
import "../support/english.ts";

const main = join(import.meta.dirname, "../../src/cli/main.ts");

describe(
  "standard output on a full device",
  { skip: existsSync("/dev/full") ? false : "there is no /dev/full here" },
  () => {
    for (const [what, lines] of [
      ["one line", 1],
      ["more than a pipe holds", 400],
    ] as const) {
      it(`ends with an error that says so: ${what}`, () => {
        const full = openSync("/dev/full", "w");
        const { status, stderr } = spawnSync(process.execPath, [main, "embed", "--quiet"], {
          input: "怎么退款\n".repeat(lines),
          stdio: ["pipe", full, "pipe"],
          encoding: "utf8",
        });
        closeSync(full);
        assert.equal(
          stderr,
          "error: standard output cannot be written: the disk is full\nhint: free disk space, then run the command again\n",
        );
        assert.equal(status, 1);
      });
    }
  },
);

const disk = smallDisk(1);

describe("files on a full disk", { skip: typeof disk === "string" && disk }, () => {
  if (typeof disk === "string") return;
  after(() => disk.remove());
  const texts = Array.from({ length: 600 }, (_, n) => `第${n}个问题怎么办理`).join("\n");

  it("embed --npy says so, and leaves nothing", async () => {
    const file = join(disk.folder, "all.npy");
    const { code, stderr } = await runCli(["embed", "--npy", file], { stdin: texts });
    assert.match(stderr, /^error: .*all\.npy cannot be written: the disk is full\nhint: free disk space/);
    assert.equal(code, 1);
    assert.deepEqual(readdirSync(disk.folder), []);
  });

  it("a folder in place of a file is reported before anything is embedded", async () => {
    const folder = join(disk.folder, "folder");
    mkdirSync(folder);
    const { code, stderr } = await runCli(["embed", "--npy", folder], { stdin: texts });
    assert.match(stderr, /^error: .*folder cannot be written: it is a folder\nhint: name a file\n$/);
    assert.equal(code, 1);
  });

  describe("export", () => {
    let database: Database;
    before(async () => {
      database = await openTemplate("initialised");
      await database.script(`create table faq (id int primary key, question text);
        insert into faq select n, '第' || n || '个问题' from generate_series(1, 40) n`);
      const embedder = await createEmbedder({ threads: 1 });
      await add(database, embedder.model, { name: "faq", table: "faq" });
      await sync(database, await getIndex(database, "faq"), embedder);
      await embedder.close();
    });
    after(() => database.close());

    it("says so, and the file that was there is whole", async () => {
      const file = join(disk.folder, "faq.ltd");
      await exportIndex(database, "faq", file, { method: "exact" });
      const old = readFileSync(file, "utf8");
      const names = readdirSync(disk.folder).toSorted();
      writeFileSync(join(disk.folder, "ballast"), Buffer.alloc(900_000 - statSync(file).size));
      await database.query("update faq set question = question || '吗'");
      const index = await getIndex(database, "faq");
      const embedder = await createEmbedder({ threads: 1 });
      await sync(database, index, embedder);
      await embedder.close();
      await assert.rejects(exportIndex(database, "faq", file), {
        name: "LtdError",
        code: "input",
        message: /faq\.ltd cannot be written: the disk is full/,
        hint: /free disk space/,
      });
      assert.equal(readFileSync(file, "utf8"), old);
      assert.deepEqual(readdirSync(disk.folder).toSorted(), ["ballast", ...names].toSorted());
      await (await openLocalFile(file)).close();
    });

    it("is refused for a folder and a device, with and without --rebuild", async () => {
      for (const rebuild of [false, true]) {
        await assert.rejects(exportIndex(database, "faq", "/dev/zero", { rebuild }), {
          code: "input",
          message: "/dev/zero cannot be written: it is a device or a pipe",
          hint: "name a file",
        });
        await assert.rejects(exportIndex(database, "faq", join(disk.folder, "folder"), { rebuild }), {
          code: "input",
          message: /folder cannot be written: it is a folder/,
          hint: "name a file",
        });
      }
    });
  });
});
