/** An index that the database keeps beside one that the program keeps: see `npm run bench:extension -- --help`. */
import { parseArgs } from "node:util";
import { describeMachine, machineLine, type Machine } from "../shared/machine.ts";
import { digits, number, table } from "../shared/markdown.ts";
import { withEmptyDatabase } from "../shared/target.ts";
import { measureExtension, type ExtensionMeasurement, type ExtensionSettings } from "./measure.ts";

const HELP = `Usage: npm run bench:extension -- [options]

The same rows in one database, embedded by "call ltd.sync()" and by the program's sync on one thread; the vectors and decisions of both; a
question to ltd.match and to the library; ltd.embed of 12 characters; an insert of one row to an index with immediate => true, to one that queues, and to none.

  --rows N              questions of the demo (default 1000)
  --questions N         of them, asked without their last two characters (default 200)
  --inserts N           rows that are inserted one at a time (default 50)
  --database-url URL    a server, where a database of its own is made and dropped (default: an embedded database)
  --json                one JSON document instead of the tables

Examples:
  npm run bench:extension -- --rows 10000 --questions 1000 --database-url postgres://app:app@127.0.0.1:5432/app
`;

/** All that this bench measures. */
export interface ExtensionReport extends ExtensionMeasurement {
  machine: Machine;
  database: "embedded" | "server";
  settings: ExtensionSettings;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rows: { type: "string", default: "1000" },
      questions: { type: "string", default: "200" },
      inserts: { type: "string", default: "50" },
      "database-url": { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const whole = (name: "rows" | "questions" | "inserts"): number => {
    const value = Number(values[name]);
    if (Number.isInteger(value) && value >= 1) return value;
    throw new Error(`--${name} is ${values[name]}, but must be a whole number from 1`);
  };
  const settings = { rows: whole("rows"), questions: whole("questions"), inserts: whole("inserts") };
  const url = values["database-url"];
  const found = await withEmptyDatabase(url, (target) => measureExtension(target, settings));
  const database = url === undefined ? "embedded" : "server";
  const report: ExtensionReport = { machine: describeMachine(), database, settings, ...found };
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : toMarkdown(report));
}

function toMarkdown(report: ExtensionReport): string {
  const { machine, database, settings, syncSeconds, cosine, same, match, embed, insert, immediateRowsPerSecond } =
    report;
  const { rows, questions, inserts } = settings;
  const asked = Math.min(rows, questions);
  const ms = (value: number): string => digits(value);
  return [
    `${number(rows)} rows, ${database}:\n`,
    table(
      ["", "in SQL", "program", "times as long"],
      [
        [
          "sync, s",
          digits(syncSeconds.sql),
          digits(syncSeconds.program),
          digits(syncSeconds.sql / syncSeconds.program),
        ],
        ["sync, ms a row", ms((1000 * syncSeconds.sql) / rows), ms((1000 * syncSeconds.program) / rows), ""],
        [
          "question, ms, half",
          ms(match.sql.p50Ms),
          ms(match.library.p50Ms),
          digits(match.sql.p50Ms / match.library.p50Ms),
        ],
        [
          "question, ms, 95 %",
          ms(match.sql.p95Ms),
          ms(match.library.p95Ms),
          digits(match.sql.p95Ms / match.library.p95Ms),
        ],
        [
          "ltd.embed of 12 characters, ms, half (program: its whole match)",
          ms(embed.p50Ms),
          ms(match.library.p50Ms),
          digits(embed.p50Ms / match.library.p50Ms),
        ],
      ],
    ),
    `Cosine of the vectors of a row: ${cosine.worst.toFixed(6)} at worst, ${number(cosine.below)} below 0.999.`,
    `Of ${number(asked)} questions ${number(same.decisions)} have the same decision, ${number(same.rows)} the same first row too.\n`,
    table(
      [`insert of a row (${number(Math.min(inserts, asked))})`, "ms, half", "ms, 95 %"],
      [
        ["immediate", ms(insert.immediate.p50Ms), ms(insert.immediate.p95Ms)],
        ["queued", ms(insert.queued.p50Ms), ms(insert.queued.p95Ms)],
        ["no index", ms(insert.plain.p50Ms), ms(insert.plain.p95Ms)],
      ],
    ),
    `Immediate, 50 rows a statement: ${number(immediateRowsPerSecond, 1)} rows a second.`,
    machineLine(machine),
  ].join("\n");
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
