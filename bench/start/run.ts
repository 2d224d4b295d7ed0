/** How long the program takes from its start to its end: see `npm run bench:start -- --help`. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { cliMain } from "../shared/cli-main.ts";
import type { Span } from "../shared/clock.ts";
import { describeMachine, machineLine } from "../shared/machine.ts";
import { median, ratio } from "../shared/ratio.ts";

const HELP = `Usage: npm run bench:start -- [options]

Runs "node -e 0", --version, --help and, with --index, match as processes, in turn, and gives the ratio of each to "node -e 0".
Build first: npm run build. Another checkout's program, for before and after in one run: --main other/dist/cli/main.js.

  --main FILE         further program to measure beside this one; repeatable
  --index NAME        index to ask, of the database in DATABASE_URL or LTD_DATABASE_FOLDER
  --rounds N          runs of each (default 11)
  --json              figures as JSON
`;

const { values } = parseArgs({
  options: {
    main: { type: "string", multiple: true, default: [] },
    index: { type: "string" },
    rounds: { type: "string", default: "11" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

/** Writes what the cores of a process did before it ended: `node -e 0` takes a hundredth of a second, which the shell's clock cannot tell. */
const REPORT = `data:text/javascript,import{writeFileSync}from"node:fs";process.on("exit",()=>writeFileSync(process.env.BENCH_CPU,JSON.stringify(process.cpuUsage())))`;

if (values.help) console.log(HELP);
else measure();

function measure(): void {
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds is ${values.rounds}, but must be a whole number`);
  const folder = mkdtempSync(join(tmpdir(), "ltd-start-"));
  try {
    const programs = [cliMain(), ...values.main.map((file) => resolve(file))];
    const verbs = [
      ["--version"],
      ["--help"],
      ...(values.index === undefined ? [] : [["match", values.index, "怎么退款", "--quiet"]]),
    ];
    const systems = [["-e", "0"], ...verbs.flatMap((verb) => programs.map((program) => [program, ...verb]))];
    const spans = systems.map((): Span[] => []);
    for (let round = 0; round <= rounds; round++) {
      for (const [at, args] of systems.entries()) {
        const span = timeProcess(args, join(folder, "cpu.json"));
        if (round > 0) spans[at]!.push(span); // the first fills the caches of files and of V8
      }
    }
    const figures = systems.map((args, at) => {
      const { median: byTime, byCpu } = ratio(spans[0]!, spans[at]!);
      const cpuMs = 1000 * median(spans[at]!.map(({ cpuSeconds }) => cpuSeconds));
      const wallMs = 1000 * median(spans[at]!.map(({ seconds }) => seconds));
      return { command: ["node", ...args].join(" "), cpuMs, wallMs, byCpu, byTime };
    });
    if (values.json) return console.log(JSON.stringify({ machine: describeMachine(), rounds, figures }));
    console.log(`${machineLine(describeMachine())}\nmedians of ${rounds} rounds; x: as many times as node -e 0`);
    for (const { command, cpuMs, wallMs, byCpu, byTime } of figures) {
      const numbers = `CPU ${cpuMs.toFixed(0)} ms, ${byCpu.toFixed(1)} x; wall ${wallMs.toFixed(0)} ms, ${byTime.toFixed(1)} x`;
      console.log(`${numbers}  ${command}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function timeProcess(args: readonly string[], report: string): Span {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ["--import", REPORT, ...args], {
    env: { ...process.env, BENCH_CPU: report },
    encoding: "utf8",
  });
  const seconds = (performance.now() - started) / 1000;
  if (status !== 0) throw new Error(`node ${args.join(" ")} ended with ${status}: ${stderr}`);
  const { user, system } = JSON.parse(readFileSync(report, "utf8")) as NodeJS.CpuUsage;
  return { seconds, cpuSeconds: (user + system) / 1e6 };
}
