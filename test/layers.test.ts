import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";

const root = join(import.meta.dirname, "..");

/** A file, its one line of code, and what the linter must say of it: part of a message, or nothing. */
const cases: [path: string, code: string, says: string | undefined][] = [
  ["src/vector/a.ts", `import "../text/a.ts";`, "src/vector may import only itself"],
  ["src/text/a.ts", `import "../vector/matrix.ts";`, undefined],
  ["src/text/b.ts", `import "../db/database.ts";`, "src/text may import only vector"],
  ["src/db/a.ts", `import "../embed/a.ts";`, "src/db may import only text, vector"],
  [
    "src/embed/a.ts",
    `import type { Database } from "../db/a.ts";\nexport type D = Database;`,
    "src/embed may import only",
  ],
  ["src/embed/deep/a.ts", `export * from "../../cli/main.ts";`, "src/embed may import only"],
  ["src/judge/a.ts", `import "../db/a.ts";`, "src/judge may import only"],
  ["src/app/a.ts", `import "../db/a.ts";\nimport "../embed/a.ts";\nimport "../errors.ts";`, undefined],
  ["src/app/b.ts", `export const load = () => import("../cli/main.ts");`, "src/app may import only"],
  ["src/cli/commands/a.ts", `import "../../app/a.ts";\nconsole.log(1);\nprocess.exitCode = 1;`, undefined],
  ["src/index.ts", `export * from "./cli/main.ts";`, "src may import only"],
  ["src/db/connect/driver.ts", `import "pg";`, undefined],
  ["src/db/connect/copy-driver.ts", `import "pg-copy-streams";`, undefined],
  ["src/db/connect/a.ts", `import "pg-copy-streams";`, "Only src/db/connect/copy-driver.ts imports pg-copy-streams"],
  ["src/db/b.ts", `import type { Pool } from "pg";\nexport type P = Pool;`, "Only src/db/connect/driver.ts imports pg"],
  ["src/db/connect/embedded.ts", `import "@electric-sql/pglite";`, undefined],
  [
    "src/db/c.ts",
    `export const load = () => import("@electric-sql/pglite");`,
    "Only src/db/connect/embedded.ts imports PGlite",
  ],
  ["src/embed/session.ts", `import "onnxruntime-node";`, undefined],
  ["src/embed/b.ts", `import "onnxruntime-node";`, "Only src/embed/session.ts imports onnxruntime-node"],
  ["src/text/jieba.ts", `import "nodejieba";`, undefined],
  ["src/cli/a.ts", `import "nodejieba";`, "Only src/text/jieba.ts imports nodejieba"],
  ["src/ann/b.ts", `import "hnswlib-node";`, "Only src/ann/hnsw.ts imports hnswlib-node"],
  ["src/db/capture/a.ts", `import "../source/b.ts";\nimport "../database.ts";`, undefined],
  ["src/db/source/a.ts", `import "../capture/a.ts";`, "src/db/source may import only statement of src/db"],
  ["src/db/d.ts", `import "./statement/a.ts";`, "src/db itself may import only no folder of src/db"],
  ["src/app/ask/a.ts", `import "../keep/a.ts";`, "src/app/ask may import only no folder of src/app"],
  ["src/app/report/a.ts", `import "../cluster/a.ts";\nimport "../../cluster/a.ts";`, undefined],
  ["src/app/file/a.ts", `import "../../cluster/a.ts";`, undefined],
  ["src/app/keep/a.ts", `import "../../app/open/a.ts";`, "src/app imports its own files by the shortest path"],
  ["src/cluster/a.ts", `import type { B } from "./b.ts";\nexport type A = B;`, "Dependency cycle detected"],
  ["src/cluster/b.ts", `import type { A } from "./a.ts";\nexport type B = A;`, "Dependency cycle detected"],
  ["src/app/c.ts", `console.log(1);`, "Unexpected console statement"],
  ["src/app/d.ts", `process.stdout.write("x");`, "Only src/cli touches the terminal"],
  ["src/embed/c.ts", `process.exit(1);`, "Only src/cli touches the terminal"],
  ["src/text/d.ts", `export const a = [\n${"  1,\n".repeat(249)}];`, "too many lines (251)"],
  ["src/text/e.ts", `export function long() {\n${"  // a line\n".repeat(60)}}`, "has too many lines (62)"],
  ["src/text/f.ts", `export function short() {\n${"  // a line\n".repeat(58)}}`, undefined],
];

describe("the lint rule that holds the layers", () => {
  let folder: string;
  const found = new Map<string, string[]>();

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ltd-layers-"));
    for (const name of ["oxlint.config.ts", "tsconfig.json", "package.json"])
      await cp(join(root, name), join(folder, name));
    await symlink(join(root, "node_modules"), join(folder, "node_modules"), "junction");
    for (const [path, code] of cases) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), `${code}\n`);
    }
    for (const { filename, message, help } of await lint(folder)) {
      const path = filename.replaceAll("\\", "/");
      found.set(path, [...(found.get(path) ?? []), `${message} ${help ?? ""}`]);
    }
  });
  after(() => rm(folder, { recursive: true, force: true }));

  for (const [path, code, says] of cases) {
    it(`${says ? "refuses" : "accepts"} ${code.replaceAll("\n", " ").slice(0, 80)} in ${path}`, () => {
      const messages = found.get(path) ?? [];
      if (says === undefined) assert.deepEqual(messages, []);
      else
        assert.ok(
          messages.some((message) => message.includes(says)),
          `said: ${messages.join(" | ") || "nothing"}`,
        );
    });
  }
});

interface Diagnostic {
  filename: string;
  message: string;
  help?: string;
}

function lint(folder: string): Promise<Diagnostic[]> {
  const oxlint = join(root, "node_modules/oxlint/bin/oxlint");
  return new Promise((resolve, reject) => {
    // The exit code is 1 where something was found, as here.
    execFile(process.execPath, [oxlint, "--format=json", "src"], { cwd: folder }, (error, stdout, stderr) => {
      try {
        resolve((JSON.parse(stdout) as { diagnostics: Diagnostic[] }).diagnostics);
      } catch {
        reject(new Error(`oxlint gave no JSON: ${stderr || stdout}`, { cause: error }));
      }
    });
  });
}
