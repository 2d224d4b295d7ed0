/** What calibrate, classify and tune do on shared sets: see `npm run bench:judgement -- --help`. */
import { parseArgs } from "node:util";
import { createEmbedder, withEmbedder } from "../../src/embed/embedder.ts";
import { aliasTable, measureAliases } from "./aliases.ts";
import { calibrationTable, measureCalibration } from "./calibrate.ts";
import { classifyTable, measureClassify } from "./classify.ts";
import { costTable, measureCost } from "./cost.ts";
import { decisionTable, measureDecision } from "./decision.ts";
import { loopTable, measureLoop } from "./loop.ts";
import { measureTune, tuneTable } from "./tune.ts";
import { timed } from "../shared/step.ts";

const HELP = `Usage: npm run bench:judgement -- --eval DIR [options]

Measures what the verbs promise, on questions and texts that they did not see.

  calibrate   thresholds chosen with some labelled questions: does their precision hold on the others? 200 splits of a legal FAQ
  tune        5,000 pairs of one set: what is gained on held-out ones, and lost on other sets
  decision    the decision on FAQ tables as people ask, one left out at a time: fixed similarities and the judge; contrast pairs by kind
  cost        a question with the judge, and by fixed similarities, through the library and by ltd.match
  aliases     further wordings of a row: in its vector, or as vectors of their own
  loop        four weeks of questions with a log, a curator and voters: what accepted wordings give, and what wrong ones take
  classify    8 and 32 examples a class, beside a logistic regression on weighted characters; eight draws

  --eval DIR            the development sets (pairs, cls, faq, intent)
  --part NAME           one of the above; repeatable (default: all)
  --model MODEL         a bundled model or a folder (default: the bundled one)
  --python PYTHON       a Python with distill/requirements.txt, for decision (default python3)
  --database-url URL    a server for cost and loop, in a new database that is dropped at the end (default: an embedded one)
  --every N             loop with every Nth row of the legal FAQ only (default 1: all)
  --threads N           threads that embed (default 2)
  --json                one JSON document instead of tables

Examples:
  npm run bench:judgement -- --eval ../eval
  npm run bench:judgement -- --eval ../eval --part calibrate
  npm run --silent bench:judgement -- --eval ../eval --json > judgement.json
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      eval: { type: "string" },
      part: {
        type: "string",
        multiple: true,
        default: ["calibrate", "decision", "cost", "aliases", "loop", "classify", "tune"],
      },
      model: { type: "string" },
      python: { type: "string", default: "python3" },
      "database-url": { type: "string" },
      every: { type: "string", default: "1" },
      threads: { type: "string", default: "2" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const { eval: folder, part, model, threads } = values;
  if (folder === undefined) throw new Error("--eval is missing: the folder of the development sets");
  const options = { threads: Number(threads), ...(model !== undefined && { model }) };
  const document: Record<string, unknown> = {};
  const url = values["database-url"];
  await withEmbedder(createEmbedder(options), async (embedder) => {
    const run = async <Result>(name: string, measure: () => Promise<Result>, show: (result: Result) => string) => {
      if (!part.includes(name)) return;
      const result = await timed(name, measure);
      document[name] = result;
      if (!values.json) process.stdout.write(`${show(result).trimEnd()}\n\n`);
    };
    await run("calibrate", () => measureCalibration(embedder, folder), calibrationTable);
    await run("decision", () => measureDecision(embedder, folder, values.python), decisionTable);
    await run("cost", () => measureCost(embedder, folder, url), costTable);
    await run("aliases", () => measureAliases(embedder, folder), aliasTable);
    await run("loop", () => measureLoop(embedder, folder, url, Number(values.every)), loopTable);
    await run("classify", () => measureClassify(embedder, folder), classifyTable);
    await run("tune", () => measureTune(embedder.model, folder), tuneTable);
  });
  if (values.json) process.stdout.write(`${JSON.stringify(document)}\n`);
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
