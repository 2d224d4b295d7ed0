import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createProgram } from "../src/cli/program.ts";

const repository = join(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(repository, path), "utf8");
const readme = read("README.md");
const server = process.env["LTD_TEST_DATABASE_URL"];

interface Block {
  language: string;
  code: string;
  /** What `<!-- run: … -->` in front of it says. */
  mark: string | undefined;
}

function blocksOf(page: string): Block[] {
  const found = page.matchAll(/(?:<!-- run: (\w+) -->\n)?^```(\w*)\n([\s\S]*?)^```$/gm);
  return [...found].map(([, mark, language = "", code = ""]) => ({ language, code, mark }));
}

const blocks = blocksOf(readme);

function withoutComments(code: string): string {
  return code.replaceAll(/ *(?:#|\/\/) .*$/gm, "");
}

/** The blocks run in their order in one folder that had nothing in it but the package as npm packs it, as for a reader from top to bottom. */
describe("README", () => {
  let folder: string;
  before(
    () => {
      folder = mkdtempSync(join(tmpdir(), "ltd-readme-"));
      writeFileSync(join(folder, "package.json"), '{ "name": "user", "private": true, "type": "module" }\n');
      run("npm", ["pack", repository, "--ignore-scripts", "--silent"]);
      const [tarball] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
      assert.match(readme, /^npm install ltd-index$/m);
      assert.match(readme, /`ONNXRUNTIME_NODE_INSTALL=skip`/);
      const environment = { ONNXRUNTIME_NODE_INSTALL: "skip" };
      run("npm", ["install", `./${tarball}`, "--no-audit", "--no-fund", "--loglevel=error"], { environment });
      for (const name of ["node", "pg"]) {
        const types = `node_modules/@types/${name}`;
        cpSync(join(repository, types), join(folder, types), { recursive: true });
      }
    },
    { timeout: 900_000 },
  );
  after(() => rmSync(folder, { recursive: true }));

  const run = (
    command: string,
    args: string[],
    options: { cwd?: string; environment?: NodeJS.ProcessEnv; input?: string } = {},
  ) => {
    const { cwd = folder, environment = {}, input } = options;
    // Neither the scripts nor the settings of an outer npm must change what the inner one does.
    const outer = /^npm_(package|lifecycle)_|onnxruntime|^DATABASE_URL$/i;
    const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !outer.test(name)));
    const PATH = `${join(folder, "node_modules/.bin")}:${process.env["PATH"]}`;
    const env = { ...inherited, LTD_LANG: "en", PATH, ...environment };
    const done = spawnSync(command, args, { cwd, env, input, encoding: "utf8" });
    assert.equal(done.status, 0, `${command} ${args.join(" ")}\n${done.stdout}\n${done.stderr}`);
    return done.stdout + done.stderr;
  };
  const compile = (file: string, ...flags: string[]) => {
    const tsc = join(repository, "node_modules/typescript/bin/tsc");
    const strict = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--target", "es2022"];
    run(process.execPath, [tsc, ...strict, "--types", "node", ...flags, file]);
  };
  const runTypeScript = (file: string, code: string, environment: NodeJS.ProcessEnv = {}) => {
    writeFileSync(join(folder, file), code);
    compile(file);
    return run(process.execPath, [file], { environment });
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
      it(title, { skip: server ? false : "no PostgreSQL server" }, () => {
        assert.match(code, /postgres:\/\/app:app@127\.0\.0\.1:5432\/app/);
        shell(code.replace(/postgres:\/\/\S+/, server!));
      });
    } else if (mark === "not") {
      assert.match(code, /npm install ltd-index/); // done before all others
    } else if (language === "sh") {
      it(title, () => void shell(code));
    } else if (language === "sql") {
      it(title, () => {
        const rows = run("ltd-index", ["query", code, "--json"]);
        assert.ok(rows.trim().split("\n").length >= 2, rows);
      });
    } else if (language === "ts") {
      it(title, () => assert.match(runTypeScript(`block${at}.ts`, code), /找回密码[\s\S]*2 512/));
    }
  }

  it("and its types say what is wrong", () => {
    const code = read("test/types/queries.ts").replaceAll(/\.\.\/\.\.\/src\/(\w+)\.ts/g, "ltd-index/$1");
    writeFileSync(join(folder, "queries.ts"), code.replace("ltd-index/index", "ltd-index"));
    compile("queries.ts", "--lib", "es2023");
  });

  describe("docs/typescript.md", { skip: server ? false : "no PostgreSQL server" }, () => {
    const name = `ltd_readme_${process.pid}`;
    const own = new URL(server ?? "postgres://none");
    own.pathname = name;
    const environment = { DATABASE_URL: own.href };
    const onServer = (statement: string) =>
      run("ltd-index", ["query", statement], { environment: { DATABASE_URL: server! } });
    before(() => {
      onServer(`create database ${name}`);
      shell(blocks.find(({ code }) => code.includes("ltd-index init "))!.code, { environment });
    });
    after(() => void onServer(`drop database ${name} with (force)`));

    for (const [at, { language, code }] of blocksOf(read("docs/typescript.md")).entries()) {
      assert.equal(language, "ts");
      it(code.split("\n")[0]!, () => {
        assert.match(runTypeScript(`page${at}.ts`, code, environment), /如何申请退款？[^\n]* 0\.\d/);
      });
    }
  });

  it("says the same commands, statements and code in Chinese", () => {
    const isRun = ({ language }: Block) => ["sh", "sql", "ts"].includes(language);
    const codeOf = (page: readonly Block[]) => page.filter(isRun).map(({ code }) => withoutComments(code));
    const chinese = blocksOf(read("README.zh-CN.md"));
    assert.deepEqual(codeOf(chinese), codeOf(blocks.filter(({ code }) => !code.includes("export faq --out"))));
    const shown = (page: readonly Block[]) => page.find(({ code }) => code.startsWith("$ ltd-index match"))?.code;
    const translated = shown(blocks)!
      .replaceAll(/ \(chance ([\d.]+)\)/g, "（概率 $1）")
      .replace("none: no row means this", "none：没有一行是这个意思");
    assert.equal(shown(chinese), translated, "the output of the demo");
  });

  it("names every verb and every environment variable", async () => {
    const program = createProgram({
      stdin: process.stdin,
      stdout: process.stdout,
      stderr: process.stderr,
      environment: {},
      signal: new AbortController().signal,
      exitCode: 0,
    });
    for (const command of program.commands) {
      if (!["distill-data", "help"].includes(command.name()))
        assert.match(readme, new RegExp(`\\| \`${command.name()}[ \`]`), command.name());
    }
    for (const option of program.options) {
      if (!["--version", "--debug"].includes(option.long!))
        assert.ok(readme.includes(`\`${option.long}\``), option.long);
    }
  });
});
