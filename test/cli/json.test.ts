import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Command } from "commander";
import { fill, sectionsOf, typesOf } from "../../scripts/json-page.ts";
import { createProgram } from "../../src/cli/program.ts";
import { describeEmbedded } from "../support/databases.ts";
import { collectOutputs, type Outputs } from "./json-outputs.ts";

const root = join(import.meta.dirname, "../..");
const page = await readFile(join(root, "docs/json.md"), "utf8");
const sections = sectionsOf(page);

/** What tsc says of a file with the types of the page, and this code behind them. */
async function problems(folder: string, code: string): Promise<string> {
  const file = join(folder, "page.ts");
  await writeFile(file, `${typesOf(page)}\n${code}`);
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const flags = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--ignoreConfig", "--lib", "es2023"];
  const done = spawnSync(process.execPath, [tsc, ...flags, "--types", "", file], { encoding: "utf8" });
  return done.stdout + done.stderr;
}

/** A verb and its subcommands that print something, as `alias list`. */
async function verbsOf(): Promise<string[]> {
  const { stdin, stdout, stderr } = process;
  const signal = new AbortController().signal;
  const program = createProgram({ stdin, stdout, stderr, environment: {}, signal, exitCode: 0 });
  const ended = (): never => {
    throw new Error("help is shown");
  };
  const names: string[] = [];
  for (const verb of program.commands.filter((each) => !["help", "distill-data"].includes(each.name()))) {
    verb.exitOverride(ended).configureOutput({ writeOut: () => undefined });
    await program.parseAsync([verb.name(), "--help"], { from: "user" }).catch(() => undefined);
    const own = verb.commands.filter((each: Command) => each.name() !== "help");
    names.push(...(own.length === 0 ? [verb.name()] : own.map((each) => `${verb.name()} ${each.name()}`)));
  }
  return names;
}

describe("docs/json.md", () => {
  // A reworded comment does not make the page wrong.
  const bare = (text: string) => text.replaceAll(/\n *\/\*\*[^]*?\*\//g, "");
  it("has the types of the source: else run node scripts/json-page.ts", () =>
    assert.equal(bare(fill(page)), bare(page)));

  it("has a section for every verb and subcommand", async () => {
    const verbs = await verbsOf();
    assert.ok(verbs.length > 50, `${verbs.length}`);
    assert.deepEqual(sections.map(({ verb }) => verb).toSorted(), verbs.toSorted());
  });
});

describeEmbedded("--json", (databases) => {
  let folder: string;
  let outputs: Outputs;
  before(
    async () => {
      folder = await mkdtemp(join(tmpdir(), "ltd-json-"));
      outputs = await collectOutputs(await databases.create(), join(folder, "files"));
    },
    { timeout: 400_000 },
  );
  after(() => rm(folder, { recursive: true }));

  it("prints what docs/json.md says", async () => {
    const values = sections.flatMap(({ verb, type }) =>
      (outputs.get(verb) ?? []).map(
        (value, at) => `const ${verb.replaceAll(/\W/g, "_")}_${at}: ${type} = ${JSON.stringify(value)};`,
      ),
    );
    assert.ok(values.length > 80, `${values.length}`);
    assert.equal(await problems(folder, values.join("\n")), "");
  });

  it("prints every verb, and the comparison sees a member that is missing, one too many and another type", async () => {
    // a shard is on a server: test/app/shards/ adds some
    for (const { verb, type } of sections)
      if (type !== "unknown" && !["shard add", "shard fdw"].includes(verb))
        assert.ok((outputs.get(verb) ?? []).length > 0, `${verb} printed nothing`);
    const [sync] = outputs.get("sync") as [{ seconds: number }];
    const { seconds: _, ...less } = sync;
    for (const [wrong, says] of [
      [less, /Property 'seconds' is missing/],
      [{ ...sync, more: 1 }, /'"more"' does not exist/],
      [{ ...sync, seconds: "1" }, /Type 'string' is not assignable to type 'number'/],
    ] as const)
      assert.match(await problems(folder, `const wrong: SyncResult = ${JSON.stringify(wrong)};`), says);
  });
});
