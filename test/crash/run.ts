/** `npm run test:crash`: see --help. */
import { parseArgs } from "node:util";
import { runChaos } from "./chaos.ts";
import { startCrashServer } from "./server.ts";

const HELP = `Usage: npm run test:crash -- [options]

Writers insert, update, delete, change keys and truncate at random, workers are killed with SIGKILL, and the server (a container) is stopped in
immediate mode. Row-level security hides rows from the workers for moments, a filter fails for some rows, a table becomes a partition and is
changed through its parent. Meanwhile, in one snapshot after another, and afterwards every entry must be that of its row, or its key be queued.

  --kills N      workers killed (default 100)
  --stops N      stops of the server (default 5)
  --workers N    workers at once (default 2)
  --seed N       seed of all that is random (default: another one each time; it is printed)
`;

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "100" },
    stops: { type: "string", default: "5" },
    workers: { type: "string", default: "2" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 1e9)) },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  process.stdout.write(HELP);
} else {
  const [kills, stops, workers, seed] = (["kills", "stops", "workers", "seed"] as const).map((name) => {
    const number = Number(values[name]);
    if (Number.isInteger(number) && number >= 0) return number;
    throw new Error(`--${name} is ${values[name]}, but must be a whole number`);
  }) as [number, number, number, number];
  const say = (line: string) => process.stdout.write(`${line}\n`);
  say(`seed ${seed}`);
  const started = performance.now();
  const server = await startCrashServer();
  try {
    const { url } = server;
    const { statements, disturbances, rows, snapshots, faults } = await runChaos({
      url,
      crash: () => server.crash(),
      kills,
      stops,
      workers,
      seed,
      say,
    });
    for (const fault of faults) say(`WRONG: ${fault}`);
    const seconds = Math.round((performance.now() - started) / 1000);
    say(
      `${kills} kills, ${stops} stops, ${statements} statements, ${disturbances} disturbances, ${rows} rows at the end, ${snapshots} snapshots verified, ` +
        `${faults.length === 0 ? "nothing wrong" : `${faults.length} faults`}; ${seconds} s; seed ${seed}`,
    );
    process.exitCode = faults.length === 0 ? 0 : 1;
  } finally {
    await server.stop();
  }
}
