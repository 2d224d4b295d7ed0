import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { pathToFileURL } from "node:url";
import { openServer } from "../src/db/connect/server.ts";
import { describeServer } from "./support/databases.ts";
import { runCli } from "./support/cli.ts";

const root = join(import.meta.dirname, "..");
const ANSWER = "在登录页点击“找回密码”。";
const python = process.env["LTD_EXAMPLES_PYTHON"] ?? "python3";
const PACKAGES =
  "@nestjs/common@^12.5.1 drizzle-orm@^0.45.4 pg@^8.23.1 reflect-metadata@^0.2.2 rxjs@^7.8.2 typeorm@^1.1.1";
const hasPsycopg = spawnSync(python, ["-c", "import psycopg"]).status === 0;

/** The examples as a user has them: installed from the registry, beside the packed program, type-checked, and run against one table. */
describeServer("examples with packages of others", (databases) => {
  let folder: string;
  let target: string;
  const environment = () => ({ PATH: process.env["PATH"], HOME: process.env["HOME"], DATABASE_URL: target });
  const at = (name: string) => join(folder, name);
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { cwd: folder, env: { ...process.env, ...environment() }, encoding: "utf8" });
  const load = (name: string) => import(pathToFileURL(at(`out/${name}`)).href) as Promise<never>;

  before(
    async () => {
      target = await databases.createTarget("initialised");
      const database = await openServer(target);
      await database.script(`create table faq (id bigint primary key, question text, answer text);
        insert into faq values (1, '如何申请退款？', '在订单页点击“申请售后”。'), (2, '怎么修改收货地址？', ''),
          (3, '忘记密码怎么办？', '${ANSWER}'), (4, '退款多久到账？', '')`);
      await database.close();
      for (const args of [["add", "faq", "--text", "{question}"], ["sync"], ["sql", "install", "--views"]]) {
        const { code, stderr } = await runCli(args, { target });
        assert.equal(code, 0, stderr);
      }
      folder = await mkdtemp(join(tmpdir(), "ltd-examples-"));
      await cp(join(root, "examples"), folder, { recursive: true });
      await writeFile(at("package.json"), '{ "private": true, "type": "module" }');
      run("npm", "pack", root, "--ignore-scripts", "--silent");
      const tarball = (await readdir(folder)).find((name) => name.endsWith(".tgz"))!;
      const quick = ["--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--loglevel=error"];
      run("npm", "install", ...quick, `./${tarball}`, ...PACKAGES.split(" "));
      for (const name of ["node", "pg"])
        await cp(join(root, "node_modules/@types", name), at(`node_modules/@types/${name}`), { recursive: true });
    },
    { timeout: 300_000 },
  );
  after(() => rm(folder, { recursive: true, force: true }));

  it("those in TypeScript have no wrong type", { timeout: 120_000 }, () => {
    const flags = ["--strict", "--exactOptionalPropertyTypes", "--experimentalDecorators", "--emitDecoratorMetadata"];
    const module = [
      "--module",
      "nodenext",
      "--target",
      "es2022",
      "--skipLibCheck",
      "--types",
      "node",
      "--ignoreConfig",
    ];
    const files = ["drizzle.ts", "typeorm.ts", "nestjs.ts", "nextjs/route.ts"];
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    run(process.execPath, tsc, ...flags, ...module, "--outDir", "out", "--rootDir", ".", ...files);
  });

  it("Drizzle", () => {
    const shown = run(process.execPath, "out/drizzle.js", "忘记了密码怎么办");
    assert.match(shown, new RegExp(`decision: 'answer'[^]*answer: '${ANSWER}'[^]*question: '退款多久到账？'`));
  });

  it("TypeORM", () => {
    const shown = run(process.execPath, "out/typeorm.js", "忘记了密码怎么办");
    assert.match(shown, new RegExp(`^answer ${ANSWER}\n[^]*text: '忘记密码怎么办？'`));
  });

  it("NestJS and Next.js", { timeout: 60_000 }, async () => {
    process.env["DATABASE_URL"] = target;
    await import(pathToFileURL(at("node_modules/reflect-metadata/Reflect.js")).href);
    interface Service {
      ask(question: string): Promise<object>;
      onApplicationShutdown(): Promise<void>;
    }
    const { FaqService, FaqController } = (await load("nestjs.js")) as {
      FaqService: new () => Service;
      FaqController: new (service: Service) => Pick<Service, "ask">;
    };
    const service = new FaqService();
    assert.deepEqual(await new FaqController(service).ask("忘记了密码怎么办"), { decision: "answer", answer: ANSWER });
    assert.deepEqual(await service.ask("电脑蓝屏了怎么修"), { decision: "none" });
    await service.onApplicationShutdown();

    const { GET } = (await load("nextjs/route.js")) as { GET: (request: Request) => Promise<Response> };
    const response = await GET(new Request(`http://localhost/api/faq?q=${encodeURIComponent("忘记了密码怎么办")}`));
    assert.deepEqual(await response.json(), { decision: "answer", answer: ANSWER });
    await (await (globalThis as unknown as { faq: Promise<{ close(): Promise<void> }> }).faq).close();
  });

  it("Prisma: the statement runs, and the schema has the columns that there are", async () => {
    const statement = await readFile(join(root, "examples/prisma/matchFaq.sql"), "utf8");
    const schema = await readFile(join(root, "examples/prisma/schema.prisma"), "utf8");
    const database = await openServer(target);
    const [first] = await database.query<{ decision: string; answer: string }>(statement, ["忘记了密码怎么办"]);
    assert.deepEqual([first?.decision, first?.answer], ["answer", ANSWER]);
    const types = { int8: "BigInt", text: "String", vector: 'Unsupported("vector")' };
    for (const [, block] of schema.matchAll(/^(?:model|view) \w+ \{\n([^]*?)^\}/gm)) {
      const name = /@@map\("(\w+)"\)/.exec(block!)![1]!;
      const space = /@@schema\("(\w+)"\)/.exec(block!)![1]!;
      const columns = await database.query<{ column_name: string; udt_name: keyof typeof types }>(
        "select column_name, udt_name from information_schema.columns where table_schema = $1 and table_name = $2",
        [space, name],
      );
      const known = new Map(columns.map(({ column_name, udt_name }) => [column_name, types[udt_name]]));
      const declared = [...block!.matchAll(/^ {2}(\w+) +([^ ?\n]+)/gm)];
      assert.ok(declared.length >= 3, block);
      for (const [, column, type] of declared) assert.equal(type, known.get(column!), `${space}.${name}.${column}`);
    }
    await database.close();
  });

  it("Python", { skip: hasPsycopg || process.env["CI"] ? false : "no psycopg: LTD_EXAMPLES_PYTHON" }, () => {
    const shown = run(python, "ask.py", "忘记了密码怎么办", "电脑蓝屏了怎么修", "😀");
    assert.equal(shown, `${ANSWER}\n转人工\n转人工\n`);
  });
});
