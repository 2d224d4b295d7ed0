import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";

const root = join(import.meta.dirname, "..");

/** What each package is needed for, as a command line that must say so, and nothing else must. */
const needs: Record<string, { args: string[]; stdin?: string; engine?: string; says: RegExp }> = {
  "onnxruntime-node": { args: ["embed"], stdin: "怎么退款", engine: "onnx", says: /so ONNX Runtime cannot compute/ },
  nodejieba: { args: ["distill-data", "tables", "--corpus", "corpus.txt", "--out", "out"], says: /jieba's dictionary/ },
  pg: { args: ["status", "--database-url", "postgres://127.0.0.1:1/none"], says: /so no server can be reached/ },
  "@electric-sql/pglite": { args: ["query", "select 1"], says: /so there is no embedded database/ },
  "hnswlib-node": { args: [], says: /so no HNSW graph can be built or read/ },
};

/** Runs in the copy of the program: loads the library, shows every help, then runs `args`; prints what came of it as JSON. */
const script = `
import "ltd-index";
import "ltd-index/kysely";
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { createProgram } from "./dist/cli/program.js";
import { run } from "./dist/cli/run.js";

const { args, stdin = "" } = JSON.parse(process.argv[2]);
const open = () => ({
  stdin: Readable.from([stdin]), stdout: new PassThrough(), stderr: new PassThrough(),
  environment: {}, signal: new AbortController().signal, exitCode: 0,
});
const failed = [];
const help = async (program, names) => {
  const error = await program.parseAsync([...names, "--help"], { from: "user" }).catch((error) => error);
  if (error?.code !== "commander.helpDisplayed") failed.push([names.join(" "), String(error?.stack)]);
};
const program = createProgram(open());
await help(program, []);
let helps = 1;
for (const verb of program.commands) {
  await help(program, [verb.name()]);
  helps++;
  for (const part of verb.commands) {
    await help(program, [verb.name(), part.name()]);
    helps++;
  }
}
const context = open();
const said = text(context.stderr);
let code;
if (args.length > 0) code = await run(context, args);
else {
  const { graphSearch } = await import("./dist/app/cluster/dedupe.js");
  const error = await graphSearch(8).catch((error) => error);
  context.stderr.write(error.code + ": " + error.message + " hint: " + error.hint);
}
context.stderr.end();
console.log(JSON.stringify({ helps, failed, code, said: await said }));
`;

describe("without a package that is loaded at first use", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "ltd-without-"));
    cpSync(join(root, "dist"), join(folder, "dist"), { recursive: true });
    cpSync(join(root, "package.json"), join(folder, "package.json"));
    for (const name of ["models", "sql", "migrations", "page", "demo"])
      symlinkSync(join(root, name), join(folder, name), "junction");
    writeFileSync(join(folder, "script.mjs"), script);
    writeFileSync(join(folder, "corpus.txt"), "怎么退款\n");
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const [missing, { says, engine = "auto", ...task }] of Object.entries(needs)) {
    it(`${missing}: the library loads, every --help works, and what needs it says what to do`, () => {
      linkPackages(folder, missing);
      const output = execFileSync(process.execPath, ["script.mjs", JSON.stringify(task)], {
        cwd: folder,
        encoding: "utf8",
        env: { ...process.env, LTD_ENGINE: engine },
      });
      const { helps, failed, code, said } = JSON.parse(output) as {
        helps: number;
        failed: string[][];
        code?: number;
        said: string;
      };
      assert.deepEqual(failed, []);
      assert.ok(helps > 50, `${helps} helps`);
      if (task.args.length > 0) assert.equal(code, 1);
      assert.match(said, says);
      assert.match(said, new RegExp(`the package ${missing} cannot be loaded`));
      assert.match(said, new RegExp(`hint: npm (rebuild|install) ${missing}`));
    });
  }

  it("onnxruntime-node: texts are embedded all the same, alone and in batches", () => {
    linkPackages(folder, "onnxruntime-node");
    const embed = `import { createEmbedder } from "ltd-index";
      const embedder = await createEmbedder();
      const alone = await embedder.embed(["怎么退款"]), batch = await embedder.embed(["怎么退款", "忘记密码"]);
      console.log(alone.data.every((number, at) => number === batch.data[at]));
      await embedder.close();`;
    const output = execFileSync(process.execPath, ["--input-type=module", "-e", embed], {
      cwd: folder,
      encoding: "utf8",
    });
    assert.equal(output, "true\n");
  });
});

/** Gives a folder all packages but one. */
function linkPackages(folder: string, missing: string): void {
  const modules = join(folder, "node_modules");
  rmSync(modules, { recursive: true, force: true });
  const link = (name: string) => {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(modules, name), "junction");
  };
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (name.startsWith(".") || name === missing) continue;
    if (!name.startsWith("@")) link(name);
    else
      for (const scoped of readdirSync(join(root, "node_modules", name)).map((each) => `${name}/${each}`))
        if (scoped !== missing) link(scoped);
  }
}
