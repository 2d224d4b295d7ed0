import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Database } from "../../src/db/database.ts";
import { runCli } from "../support/cli.ts";
import { describeEmbedded } from "../support/databases.ts";

const main = join(import.meta.dirname, "../../src/cli/main.ts");

describeEmbedded("completion", (databases) => {
  let database: Database;
  const words = async (...typed: string[]) => {
    const { code, stdout, stderr } = await runCli(["completion", "words", "--", ...typed], { database });
    assert.deepEqual([code, stderr], [0, ""]);
    return stdout.split("\n").filter(Boolean);
  };

  before(async () => {
    database = await databases.create("initialised");
    await database.script(
      "create table faq (id int primary key, question text); create table shop (id int primary key, title text)",
    );
    for (const table of ["faq", "shop"]) {
      const { code, stderr } = await runCli(["add", table], { database });
      assert.equal(code, 0, stderr);
    }
  });

  it("completes verbs, subcommands, flags, and names of indexes where one belongs", async () => {
    assert.deepEqual(await words("ma"), ["match"]);
    assert.ok((await words("")).length > 35);
    assert.deepEqual(await words("alias", "l"), ["list"]);
    assert.deepEqual(await words("match", "--lim"), ["--limit"]);
    assert.deepEqual(await words("match", "faq", "--data"), ["--database-url", "--database-folder"]);
    assert.deepEqual(await words("match", ""), ["faq", "shop"]);
    assert.deepEqual(await words("match", "--limit", "3", "s"), ["shop"]);
    assert.deepEqual(await words("sync", "faq", ""), ["faq", "shop"]);
    assert.deepEqual(await words("alias", "list", "f"), ["faq"]);
    assert.deepEqual(await words("completion", "z"), ["zsh"]);
  });

  it("completes nothing where a question, a value or no verb stands", async () => {
    assert.deepEqual(await words("match", "faq", ""), []);
    assert.deepEqual(await words("match", "--limit", ""), []);
    assert.deepEqual(await words("mtach", ""), []);
  });

  it("says which shells there are", async () => {
    const { code, stderr } = await runCli(["completion", "tcsh"]);
    assert.equal(code, 2);
    assert.match(stderr, /there is no completion for tcsh\nhint: bash, zsh or fish/);
  });
});

describe("completion scripts", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ltd-completion-"));
    await writeFile(join(folder, "ltd-index"), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`);
    await chmod(join(folder, "ltd-index"), 0o755);
  });
  after(() => rm(folder, { recursive: true }));

  it("bash completes with the program on its path, also with no word typed yet", () => {
    const ask = (words: string, at: number) =>
      `COMP_WORDS=(${words}); COMP_CWORD=${at}; _ltd_index; echo "\${COMPREPLY[*]}"`;
    const script = `source <(ltd-index completion bash); ${ask("ltd-index mat", 1)}; ${ask("ltd-index log o", 2)}; ${ask("ltd-index log ''", 2)}`;
    const env = { HOME: folder, PATH: `${folder}:${process.env["PATH"]}` };
    const shown = execFileSync("bash", ["--norc", "-c", script], { env, encoding: "utf8" });
    assert.equal(shown, "match\non off\non off status clear\n");
  });

  const missing = (shell: string) => (spawnSync(shell, ["--version"]).status === 0 ? false : `no ${shell}`);

  for (const shell of ["zsh", "fish"])
    it(`${shell} reads its script`, { skip: missing(shell) }, async () => {
      const { stdout } = await runCli(["completion", shell]);
      await writeFile(join(folder, shell), stdout);
      execFileSync(shell, ["-n", join(folder, shell)]);
    });

  it("fish completes verbs and subcommands, and files where there is nothing else", { skip: missing("fish") }, () => {
    const asked = ["mat", "log o", "alias import faq ltd-"].map((typed) => `complete -C "ltd-index ${typed}"`);
    const script = `ltd-index completion fish | source; cd ${folder}; ${asked.join("; ")}`;
    const env = { HOME: folder, PATH: `${folder}:${process.env["PATH"]}` };
    const shown = execFileSync("fish", ["--no-config", "-c", script], { env, encoding: "utf8" });
    assert.equal(shown, "match\noff\non\nltd-index\n");
  });
});
