import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
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
});
