import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import * as api from "../src/index.ts";

const repository = join(import.meta.dirname, "..");

it("the public surface", () => {
  assert.deepEqual(Object.keys(api).sort(), [
    "DEFAULT_MODEL",
    "LtdError",
    "add",
    "addStatements",
    "buildGeneration",
    "calibrate",
    "cluster",
    "createEmbedder",
    "createMatrix",
    "decide",
    "doctor",
    "dropClustering",
    "dropGeneration",
    "encode",
    "evaluate",
    "exportIndex",
    "failed",
    "fitWeights",
    "forgetCalibration",
    "hasMeaning",
    "init",
    "listGenerations",
    "loadModel",
    "mergeClusters",
    "normalize",
    "openDatabase",
    "openIndex",
    "operationAt",
    "readLabelledFile",
    "remove",
    "renameCluster",
    "report",
    "reportHtml",
    "retry",
    "rollbackGeneration",
    "rowOf",
    "setWeights",
    "showWeights",
    "status",
    "switchGeneration",
    "unsetWeights",
    "verify",
    "verifyLocal",
    "watch",
  ]);
});

it("the packed package installs into an empty folder and works there", { timeout: 600_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "ltd-package-"));
  const run = (command: string, args: string[], input?: string) => {
    // Neither the scripts nor the settings of an outer npm must change what this one does: as the README says, no more.
    const outer = /^npm_(package|lifecycle)_|onnxruntime/i;
    const inherited = Object.entries(process.env).filter(([name]) => !outer.test(name));
    const env = { ...Object.fromEntries(inherited), ONNXRUNTIME_NODE_INSTALL: "skip" };
    const done = spawnSync(command, args, { cwd: folder, encoding: "utf8", env, input });
    assert.equal(done.status, 0, `${command} ${args.join(" ")}\n${done.stdout}\n${done.stderr}`);
    return done.stdout;
  };
  try {
    writeFileSync(join(folder, "package.json"), '{ "name": "user", "private": true, "type": "module" }\n');
    run("npm", ["pack", repository, "--ignore-scripts", "--silent"]);
    const [tarball] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
    run("npm", ["install", `./${tarball}`, "--no-audit", "--no-fund", "--loglevel=error"]);
    const lines = run("npx", ["--no-install", "ltd-index", "embed"], "怎么退款\n😀\n").trim().split("\n");
    const [refund, emoji] = lines.map((line) => JSON.parse(line) as { text: string; embedding: number[] | null });
    assert.equal(refund!.embedding!.length, 512);
    assert.equal(emoji!.embedding, null);
    writeFileSync(
      join(folder, "use.js"),
      `import { createEmbedder } from "ltd-index";
       const embedder = await createEmbedder();
       console.log((await embedder.embed(["怎么退款"])).dims);
       await embedder.close();`,
    );
    assert.equal(run("node", ["use.js"]), "512\n");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
