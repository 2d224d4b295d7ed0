import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { LtdError } from "../../../src/errors.ts";
import { openEmbedded } from "../../../src/db/connect/embedded.ts";

const module = new URL("../../../src/db/connect/embedded.ts", import.meta.url).href;

describe("the embedded database", () => {
  it("keeps what was committed when its process is killed", async () => {
    const parent = await mkdtemp(join(tmpdir(), "ltd-embedded-"));
    const folder = join(parent, "a", "db");
    try {
      const script = `const { openEmbedded } = await import(${JSON.stringify(module)});
        const database = await openEmbedded(${JSON.stringify(folder)});
        await database.script("create table kept (id integer primary key); insert into kept select generate_series(1, 500)");
        console.log("written");
        await database.transaction(async (tx) => {
          await tx.query("insert into kept select generate_series(501, 900)");
          console.log("half");
          await new Promise((resolve) => setTimeout(resolve, 60_000));
        });`;
      const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let said = "";
      for await (const chunk of child.stdout) {
        said += String(chunk);
        if (said.includes("half")) break;
      }
      child.kill("SIGKILL");
      if (child.signalCode === null) await once(child, "exit");
      const database = await openEmbedded(folder);
      assert.deepEqual(await database.query("select count(*)::int as rows, max(id) as last from kept"), [
        { rows: 500, last: 500 },
      ]);
      await database.close();
    } finally {
      await rm(parent, { recursive: true, force: true });
    }
  });

  describe("in a folder", () => {
    let parent: string;
    before(async () => (parent = await mkdtemp(join(tmpdir(), "ltd-folder-"))));
    after(() => rm(parent, { recursive: true, force: true }));
    const refuses = async (folder: string, message: RegExp) => {
      await assert.rejects(openEmbedded(folder), (error: LtdError) => {
        assert.deepEqual([error.name, error.code], ["LtdError", "database"]);
        assert.match(error.message, message);
        assert.match(error.hint ?? "", /^name a folder that is empty or does not exist/);
        return true;
      });
    };

    it("is refused as a file, as a link to nothing or to a file, and below a file", async () => {
      const file = join(parent, "file");
      await writeFile(file, "notes");
      await symlink(join(parent, "nowhere"), join(parent, "dangling"));
      await symlink(file, join(parent, "to-file"));
      await refuses(file, /file is a file, not a folder/);
      await refuses(join(parent, "dangling"), /dangling is a link to a folder that does not exist/);
      await refuses(join(parent, "to-file"), /to-file is a file, not a folder/);
      await assert.rejects(openEmbedded(join(file, "db")), {
        code: "database",
        message: /cannot be opened: .*ENOTDIR/,
      });
      assert.deepEqual((await readdir(parent)).toSorted(), ["dangling", "file", "to-file"]);
      assert.equal(await readFile(file, "utf8"), "notes");
    });

    it("with other things in it is refused, and nothing is written there", async () => {
      const folder = join(parent, "photos");
      await mkdir(folder);
      await writeFile(join(folder, "holiday.jpg"), "");
      await refuses(folder, /photos has no database, but 1 other files \(holiday\.jpg, …\)/);
      assert.deepEqual(await readdir(folder), ["holiday.jpg"]);
    });

    it("is one database under its name and under a link, with one lock", async () => {
      const [folder, link] = [join(parent, "real"), join(parent, "link")];
      await mkdir(folder);
      await writeFile(join(folder, ".gitkeep"), "");
      await symlink(folder, link);
      const database = await openEmbedded(link);
      await assert.rejects(openEmbedded(folder), { code: "locked" });
      await database.script("create table kept (id int)");
      await database.close();
      const same = await openEmbedded(folder);
      assert.deepEqual(await same.query("select count(*)::int as rows from kept"), [{ rows: 0 }]);
      await same.close();
    });

    it("is whole when its making was cut off: begun, or done and being moved up", async () => {
      const folder = join(parent, "cut");
      await mkdir(join(folder, "ltd-unfinished", "base"), { recursive: true });
      await (await openEmbedded(folder)).close();
      const names = (await readdir(folder)).toSorted();
      assert.ok(names.includes("PG_VERSION") && !names.some((name) => name.startsWith("ltd-")), names.join());

      const finished = join(folder, "ltd-finished");
      await mkdir(finished);
      for (const name of ["PG_VERSION", "global", "base"]) await rename(join(folder, name), join(finished, name));
      await (await openEmbedded(folder)).close();
      assert.deepEqual((await readdir(folder)).toSorted(), names);
    });

    it("with damaged files is refused with what Postgres says; to throw it away is never said", async () => {
      const folder = join(parent, "damaged");
      await (await openEmbedded(folder)).close();
      await writeFile(join(folder, "global", "pg_control"), "x");
      await assert.rejects(openEmbedded(folder), (error: LtdError) => {
        assert.match(error.message, /cannot be opened: .*global\/pg_control/);
        assert.match(error.hint ?? "", /restore them from a backup/);
        assert.doesNotMatch(error.hint ?? "", /move|delete|init/);
        return true;
      });
    });
  });
});
