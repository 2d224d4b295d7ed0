import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createProgram } from "../src/cli/program.ts";

const repository = join(import.meta.dirname, "..");
const readme = readFileSync(join(repository, "README.md"), "utf8");

interface Block {
  language: string;
  code: string;
  /** What `<!-- run: … -->` in front of it says. */
  mark: string | undefined;
}

const blocks: Block[] = [...readme.matchAll(/(?:<!-- run: (\w+) -->\n)?^```(\w*)\n([\s\S]*?)^```$/gm)].map(
  ([, mark, language = "", code = ""]) => ({ language, code, mark }),
);

/** The blocks run in their order in one empty folder, as somebody would who reads from top to bottom. */
describe("README", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "ltd-readme-"));
    mkdirSync(join(folder, "bin"));
    mkdirSync(join(folder, "node_modules"));
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
    symlinkSync(repository, join(folder, "node_modules/ltd-index"));
    const main = join(repository, "dist/cli/main.js");
    writeFileSync(join(folder, "bin/ltd-index"), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`, {
      mode: 0o755,
    });
  });
  after(() => rmSync(folder, { recursive: true }));

  const run = (
    command: string,
    args: string[],
    options: { cwd?: string; environment?: NodeJS.ProcessEnv; input?: string } = {},
  ) => {
    const { cwd = folder, environment = {}, input } = options;
    const { DATABASE_URL: _none, ...inherited } = process.env;
    const env = { ...inherited, ...environment, PATH: `${join(folder, "bin")}:${process.env["PATH"]}` };
    const done = spawnSync(command, args, { cwd, env, input, encoding: "utf8" });
    assert.equal(done.status, 0, `${command} ${args.join(" ")}\n${done.stdout}\n${done.stderr}`);
    return done.stdout + done.stderr;
  };
  const shell = (code: string, options?: Parameters<typeof run>[2]) =>
    run("bash", ["-euo", "pipefail", "-c", code], options);

  for (const [at, { language, code, mark }] of blocks.entries()) {
    const title = `block ${at + 1}: ${code.split("\n")[0]}`;
    if (mark === "demo") {
      it(title, { timeout: 300_000 }, () => {
        const output = shell(code.replace("npm ci && ", ""), { cwd: repository });
        const shown = blocks[at + 1]!.code.trim().split("\n");
        for (const line of shown) assert.ok(output.includes(line), `the demo does not print: ${line}\n${output}`);
      });
    } else if (mark === "server") {
      const server = process.env["LTD_TEST_DATABASE_URL"];
      it(title, { skip: server ? false : "no PostgreSQL server" }, () => {
        assert.match(code, /postgres:\/\/app:app@127\.0\.0\.1:5432\/app/);
        shell(code.replace(/postgres:\/\/\S+/, server!).replace("npx ltd-index", "ltd-index"));
      });
    } else if (mark === "not") {
      assert.match(code, /npm install ltd-index/); // package.test.ts does that
    } else if (language === "sh") {
      it(title, () => void shell(code));
    } else if (language === "sql") {
      it(title, () => {
        const rows = run("ltd-index", ["query", code, "--json"]);
        assert.ok(rows.trim().split("\n").length >= 2, rows);
      });
    } else if (language === "ts") {
      it(title, () => {
        const file = `block${at}.ts`;
        writeFileSync(join(folder, file), code);
        const tsc = join(repository, "node_modules/typescript/bin/tsc");
        const types = ["--typeRoots", join(repository, "node_modules/@types"), "--types", "node", "--skipLibCheck"];
        run(process.execPath, [
          tsc,
          "--noEmit",
          "--strict",
          "--module",
          "nodenext",
          "--target",
          "es2022",
          ...types,
          file,
        ]);
        assert.match(run(process.execPath, [file]), /找回密码[\s\S]*2 512/);
      });
    }
  }

  it("names every verb and every environment variable", () => {
    const program = createProgram({
      stdin: process.stdin,
      stdout: process.stdout,
      stderr: process.stderr,
      environment: {},
      signal: new AbortController().signal,
      exitCode: 0,
    });
    for (const command of program.commands) {
      if (command.name() !== "distill-data")
        assert.match(readme, new RegExp(`\\| \`${command.name()}[ \`]`), command.name());
    }
    for (const option of program.options) {
      if (!["--version", "--debug"].includes(option.long!))
        assert.ok(readme.includes(`\`${option.long}\``), option.long);
    }
  });
});
