// Packs the program, installs the tarball into an empty folder as a new user would on a bare machine, and runs the quick
// start of README there: without optional packages, without install scripts, without a compiler on the path. Prints what it
// measured as one JSON line, and fails where something is not as README says. Run it with the Node.js that is to be tried.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const MOST_MEGABYTES = 60;

const folder = mkdtempSync(join(tmpdir(), "ltd-package-"));
try {
  const started = performance.now();
  const app = join(folder, "app");
  const tools = join(folder, "tools");
  for (const each of [app, tools]) mkdirSync(each);
  // the path has Node and a shell, and neither a compiler nor Python
  symlinkSync(process.execPath, join(tools, "node"));
  for (const name of ["sh", "env"]) symlinkSync(`/usr/bin/${name}`, join(tools, name));
  const environment = { ...process.env, PATH: tools };
  for (const name of Object.keys(environment)) if (/^(LTD_|DATABASE_URL)/.test(name)) delete environment[name];

  const [packed] = JSON.parse(
    run(root, process.env, "npm", "pack", "--json", "--ignore-scripts", "--pack-destination", folder),
  );
  writeFileSync(join(app, "package.json"), "{}");
  const install = [
    "install",
    "--omit=optional",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    join(folder, packed.filename),
  ];
  run(app, process.env, "npm", ...install);
  const installed = performance.now();

  const program = join(app, "node_modules/ltd-index/dist/cli/main.js");
  const ltd = (...args) => run(app, environment, process.execPath, program, ...args);
  ltd("query", "create table faq (id bigint primary key, question text, answer text)");
  ltd(
    "query",
    "insert into faq values (1, '如何申请退款？', 'a'), (2, '怎么修改收货地址？', 'b'), (3, '忘记密码怎么办？', 'c')",
  );
  ltd("init");
  ltd("add", "faq", "--text", "{question}");
  ltd("sync");
  expect(JSON.parse(ltd("match", "faq", "怎么申请退款", "--json")).answers[0].row.id, "1");
  ltd("export", "faq", "--out", "faq.ltd");
  expect(JSON.parse(ltd("match", "--local", "faq.ltd", "密码忘记了", "--json")).answers[0].row.id, "3");
  const checks = ltd("doctor", "--json")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(checks.filter(({ level }) => level === "problem").length, 0);
  expect(checks.find(({ check }) => check === "engine").found.slice(0, 11), "WebAssembly");

  const megabytes = sizeOf(join(app, "node_modules")) / 1e6;
  if (megabytes > MOST_MEGABYTES)
    throw new Error(`node_modules has ${megabytes.toFixed(1)} MB, more than ${MOST_MEGABYTES}`);
  console.log(
    JSON.stringify({
      node: process.versions.node,
      tarballMegabytes: round(packed.size / 1e6),
      installedMegabytes: round(megabytes),
      installSeconds: round((installed - started) / 1000),
      quickStartSeconds: round((performance.now() - installed) / 1000),
    }),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function run(cwd, env, command, ...args) {
  return execFileSync(command, args, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

function expect(found, wanted) {
  if (JSON.stringify(found) !== JSON.stringify(wanted))
    throw new Error(`expected ${JSON.stringify(wanted)}, got ${JSON.stringify(found)}`);
}

/** Bytes of all files below a folder. */
function sizeOf(path) {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

function round(number) {
  return Math.round(10 * number) / 10;
}
