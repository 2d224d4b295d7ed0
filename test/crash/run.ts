/** `npm run test:crash`: see --help. */
import { parseArgs } from "node:util";
import { openServer } from "../../src/db/connect/server.ts";
import { runChaos } from "./chaos.ts";
import { killCurators } from "./curation.ts";
import { fillDisks } from "./full-disk.ts";
import { runShardChaos } from "./shard-chaos.ts";
import { startCrashServer } from "./server.ts";

const HELP = `Usage: npm run test:crash -- [options]

Writers insert, update, delete, change keys and truncate at random, workers are killed with SIGKILL, and the server (a container) is stopped in
immediate mode. Row-level security hides rows from the workers for moments, a filter fails for some rows, a table becomes a partition and is
changed through its parent. The disk of an embedded database is filled. Meanwhile, in one snapshot after another, and afterwards every entry must be that of its row, or its key be queued.

  --kills N      workers killed (default 100)
  --stops N      stops of the server (default 5)
  --workers N    workers at once (default 2)
  --accepts N    curators killed while they accept and undo (default 20); 0: none
  --disks N      times that the disk of an embedded database is filled (default 3; it takes root on Linux); 0: none
  --shards       in place of all this: a front and its shards, each a server of its own. Processes and servers are killed at random (--kills, default
                 10): shards, workers, who switches generations, the front, who asks. No answer may be of a wrong generation, or lack the rows of a
                 shard that it does not name; a switch that was cut off is finished or undone
  --servers N    shards of it (default 4)
  --seed N       seed of all that is random (default: another one each time; it is printed)
`;

const { values } = parseArgs({
  options: {
    shards: { type: "boolean", default: false },
    servers: { type: "string", default: "4" },
    kills: { type: "string" },
    stops: { type: "string", default: "5" },
    workers: { type: "string", default: "2" },
    accepts: { type: "string", default: "20" },
    disks: { type: "string", default: "3" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 1e9)) },
    help: { type: "boolean", default: false },
  },
});
const say = (line: string) => void process.stdout.write(`${line}\n`);
const wholeNumber = (name: "kills" | "stops" | "workers" | "accepts" | "disks" | "servers" | "seed") => {
  const given = values[name] ?? (values.shards ? "10" : "100");
  const number = Number(given);
  if (Number.isInteger(number) && number >= 0) return number;
  throw new Error(`--${name} is ${given}, but must be a whole number`);
};
const seed = wholeNumber("seed");
if (values.help) {
  process.stdout.write(HELP);
} else if (values.shards) {
  say(`seed ${seed}`);
  const [kills, servers] = [wholeNumber("kills"), wholeNumber("servers")];
  const { faults, statements, answers, partial, generations } = await runShardChaos({ seed, kills, servers, say });
  for (const fault of faults) say(`WRONG: ${fault}`);
  say(
    `${kills} kills on ${servers} shards, ${statements} statements, ${answers} answers, ${partial} of them partial, ${generations} generations built, switched to or ` +
      `rolled back to, ${faults.length === 0 ? "nothing wrong" : `${faults.length} faults`}; seed ${seed}`,
  );
  if (faults.length > 0) process.exitCode = 1;
} else {
  say(`seed ${seed}`);
  const [kills, stops, workers, accepts, disks] = (["kills", "stops", "workers", "accepts", "disks"] as const).map(
    wholeNumber,
  ) as [number, number, number, number, number];
  const started = performance.now();
  if (disks > 0) {
    const filled = await fillDisks(disks);
    if (typeof filled === "string") say(`no disk was filled: ${filled}`);
    else {
      for (const fault of filled.faults) say(`WRONG: ${fault}`);
      const found = filled.faults.length === 0 ? "nothing wrong" : `${filled.faults.length} faults`;
      say(`${disks} times a full disk, ${filled.rows} rows, ${found}`);
      if (filled.faults.length > 0) process.exitCode = 1;
    }
  }
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
    if (faults.length > 0) process.exitCode = 1;
    if (accepts > 0) {
      const own = await databaseOf(url, "curation");
      const curation = await killCurators({ url: own, kills: accepts, seed });
      for (const fault of curation.faults) say(`WRONG: ${fault}`);
      say(
        `${accepts} curators killed, ${curation.lines} lines of the journal, ${curation.undone} undone, ${curation.faults.length === 0 ? "nothing wrong" : `${curation.faults.length} faults`}`,
      );
      if (curation.faults.length > 0) process.exitCode = 1;
    }
  } finally {
    await server.stop();
  }
}

/** Makes a database beside the one at `url`. */
async function databaseOf(url: string, name: string): Promise<string> {
  const server = await openServer(url);
  await server.query(`create database ${name}`);
  await server.close();
  const own = new URL(url);
  own.pathname = name;
  return own.href;
}
