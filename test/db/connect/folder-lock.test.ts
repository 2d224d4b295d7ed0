import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { openEmbedded } from "../../../src/db/connect/embedded.ts";
import { lockFolder } from "../../../src/db/connect/folder-lock.ts";
import { LtdError } from "../../../src/errors.ts";

const module = new URL("../../../src/db/connect/folder-lock.ts", import.meta.url).href;

/** Another process that takes the lock, says so, and keeps it until it is killed. */
async function holderOf(folder: string): Promise<ChildProcess> {
  const script = `const { lockFolder } = await import(${JSON.stringify(module)});
    await lockFolder(${JSON.stringify(folder)}).then(() => console.log("held"), (error) => console.log(error.code));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  assert.equal(said.toString().trim(), "held");
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

describe("the lock of an embedded database", () => {
  let parent: string;
  let folder: string;
  before(async () => {
    parent = await mkdtemp(join(tmpdir(), "ltd-lock-"));
    folder = join(parent, "db");
  });
  after(() => rm(parent, { recursive: true, force: true }));

  it("names the process, and is gone after release", async () => {
    const lock = await lockFolder(folder);
    const content = JSON.parse(await readFile(`${folder}.lock`, "utf8")) as Record<string, unknown>;
    assert.equal(content["pid"], process.pid);
    assert.equal(content["host"], hostname());
    await lock.release();
    await lock.release();
    assert.deepEqual(await readdir(parent), []);
  });

  it("is refused to a second caller of the same process, by any path", async () => {
    const lock = await lockFolder(folder);
    await symlink(parent, `${parent}-link`);
    try {
      await assert.rejects(lockFolder(folder), { code: "locked", message: /this one/ });
      await assert.rejects(lockFolder(join(`${parent}-link`, "db")), { code: "locked" });
    } finally {
      await rm(`${parent}-link`);
      await lock.release();
    }
    await (await lockFolder(folder)).release();
  });

  it("is refused while another process holds it, and taken over once that one was killed", async () => {
    const child = await holderOf(folder);
    const error = await lockFolder(folder).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof LtdError);
    assert.equal(error.code, "locked");
    assert.match(error.message, new RegExp(`process ${child.pid} on ${hostname()}, started 20`));
    assert.match(error.hint ?? "", /delete .*db\.lock/);
    await kill(child);
    const lock = await lockFolder(folder);
    await lock.release();
    assert.deepEqual(await readdir(parent), []);
  });

  it("goes to one of several processes that find a stale file at once", async () => {
    await kill(await holderOf(folder));
    const script = `const { lockFolder } = await import(${JSON.stringify(module)});
      console.log("ready");
      await new Promise((resolve) => process.stdin.once("data", resolve));
      await lockFolder(${JSON.stringify(folder)}).then(() => console.log("held"), (error) => console.log(error.code));
      setInterval(() => {}, 1000);`;
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["pipe", "pipe", "inherit"] }),
    );
    const heard = async (child: (typeof children)[number]) => String((await once(child.stdout, "data"))[0]).trim();
    assert.deepEqual(new Set(await Promise.all(children.map(heard))), new Set(["ready"]));
    for (const child of children) child.stdin.write("go\n");
    const said = await Promise.all(children.map(heard));
    await Promise.all(children.map(kill));
    assert.deepEqual(said.toSorted(), ["held", "locked", "locked", "locked"]);
  });

  it("of a process of another host is respected, of an earlier process with the same number or an empty file is not", async () => {
    const holder = { pid: 1, host: "elsewhere", startedAt: "2026-01-01T00:00:00.000Z", processStart: null };
    await writeFile(`${folder}.lock`, JSON.stringify(holder));
    await assert.rejects(lockFolder(folder), { code: "locked", message: /process 1 on elsewhere/ });
    await writeFile(
      `${folder}.lock`,
      JSON.stringify({ ...holder, host: hostname(), pid: process.pid, processStart: "other-boot/1" }),
    );
    await (await lockFolder(folder)).release();
    await writeFile(`${folder}.lock`, "");
    await (await lockFolder(folder)).release();
  });

  it("guards an embedded database from opening to closing, and what was written is there again", async () => {
    const child = await holderOf(folder);
    await assert.rejects(openEmbedded(folder), { code: "locked" });
    await kill(child);
    const first = await openEmbedded(folder);
    await first.script("create table kept (value text); insert into kept values ('yes')");
    await assert.rejects(openEmbedded(folder), { code: "locked" });
    await first.close();
    const second = await openEmbedded(folder);
    assert.deepEqual(await second.query("select value from kept"), [{ value: "yes" }]);
    await second.close();
    assert.deepEqual(await readdir(parent), ["db"]);
  });

  it("is given back when the database cannot be opened", async () => {
    const broken = join(parent, "broken");
    await writeFile(broken, "a file, no folder");
    const error = await openEmbedded(broken).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof LtdError);
    assert.equal(error.code, "database");
    assert.ok(!(await readdir(parent)).includes("broken.lock"));
  });
});
