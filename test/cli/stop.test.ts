import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import "../support/english.ts";

const main = join(import.meta.dirname, "../../src/cli/main.ts");
const texts = Array.from({ length: 20_000 }, (_, n) => `第${n}个问题怎么办理\n`).join("");

describe("embed that is stopped while it works", () => {
  /** Starts `embed`, waits for its first output, and stops it. */
  async function start() {
    const child = spawn(process.execPath, [main, "embed", "--threads", "2"], {
      timeout: 120_000,
      killSignal: "SIGKILL",
    });
    const stderr = text(child.stderr);
    child.stdin.on("error", () => {}); // there is no reader once it is stopped
    child.stdin.end(texts);
    await once(child.stdout, "readable");
    return { child, stderr, exit: once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]> };
  }

  it("ends with 0 and without a word when its reader leaves, as `head` does", async () => {
    const { child, stderr, exit } = await start();
    child.stdout.destroy();
    assert.deepEqual(await exit, [0, null], await stderr);
    assert.equal(await stderr, "");
  });

  it("ends with 130 at Ctrl-C", async () => {
    const { child, stderr, exit } = await start();
    child.stdout.resume();
    child.kill("SIGINT");
    assert.deepEqual(await exit, [130, null], await stderr);
    assert.equal(await stderr, "");
  });

  it("ends at once at the second Ctrl-C", async () => {
    const { child, stderr, exit } = await start();
    child.kill("SIGINT"); // its output is not read, so it waits
    child.kill("SIGTERM");
    const [code, signal] = await exit;
    assert.ok(code === 130 || signal !== null, await stderr);
    assert.equal(await stderr, "");
  });
});
