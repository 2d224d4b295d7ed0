/**
 * How fast students are beside their teacher and encoders of BERT's shapes, in one run: see `npm run bench:speed -- --help`.
 *
 * All systems of a setting are opened, each in a process of its own, and take turns in every round, so that whatever else the machine does
 * hits all alike. Ratios are made within a round, by the wall clock and by the work of the cores; only they can be compared between machines.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { parseArgs } from "node:util";
import { DEFAULT_MODEL } from "../../src/embed/model-package.ts";
import { describeMachine } from "../shared/machine.ts";
import { summarizeSpeed, type Setting, type SpeedMeasurement } from "./summary.ts";
import { toMarkdown, type SpeedReport } from "./table.ts";
import { BERT_SHAPES, parseShape } from "./shapes/bert.ts";
import { ENGINES } from "../../src/embed/engine.ts";
import { findSystems, type Contestant } from "./contestants.ts";
import { measureApart, startApart } from "../shared/measure-apart.ts";
import { readTexts, type TextKind } from "../shared/workload.ts";

const HELP = `Usage: npm run bench:speed -- [options]

Measures students, their teacher and encoders with random weights from a string to its vector, on the same texts:
FAQ questions of the demo (12 characters on average), and titles (19).

  --model DIR       a student's package, or the id of a bundled one; can be given again (default ${DEFAULT_MODEL})
  --engine NAME     what computes the students: ${ENGINES.join(", ")}; can be given again (default auto)
  --teacher DIR     model.onnx and tokenizer.json of a BERT sentence encoder ([CLS] pooling, WordPiece)
  --teacher-int8    also the teacher in int8 (dynamic quantisation), which is made first
  --python FILE     Python with distill/requirements.txt for that (default: LTD_PYTHON, else python3)
  --shape SHAPE     an encoder to build: ${Object.keys(BERT_SHAPES).join(", ")}, or LAYERSxHIDDENxHEADSxFEEDFORWARD;
                    can be given again (default: these three)
  --titles FILE     titles to measure on, one a line (default: beginnings of the demo's answers, as long as titles)
  --texts N         texts of each kind (default 128)
  --threads N       can be given again (default 1 and ${availableParallelism()}, all cores)
  --batch N         texts that run through a network together; can be given again (default 1 and 64)
  --rounds N        interleaved rounds (default 5)
  --seconds N       CPU time of a system in a round, at least; it does all texts anyway (default 0.3)
  --profile         only where the time of the students goes, step by step
  --json            one JSON document on the last line instead of tables

Examples:
  npm run bench:speed -- --teacher ../bge-small-zh-v1.5 --teacher-int8
  npm run bench:speed -- --model ltd-zh-2 --model ./my-student --shape bert-base --threads 1
  npm run bench:speed -- --engine onnx --engine wasm --shape bert-base --threads 1
  npm run bench:speed -- --profile
  npm run --silent bench:speed -- --json > speed.json
`;

const KINDS: readonly TextKind[] = ["questions", "titles"];
const SEED = 1;
/** Texts that a system does, at least, before it is measured. */
const WARM_TEXTS = 16;

function readSettings() {
  const { values } = parseArgs({
    options: {
      model: { type: "string", multiple: true, default: [DEFAULT_MODEL] },
      engine: { type: "string", multiple: true, default: ["auto"] },
      teacher: { type: "string" },
      "teacher-int8": { type: "boolean", default: false },
      python: { type: "string", default: process.env["LTD_PYTHON"] ?? "python3" },
      shape: { type: "string", multiple: true, default: Object.keys(BERT_SHAPES) },
      titles: { type: "string" },
      texts: { type: "string", default: "128" },
      threads: { type: "string", multiple: true, default: [...new Set(["1", String(availableParallelism())])] },
      batch: { type: "string", multiple: true, default: ["1", "64"] },
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "0.3" },
      profile: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const wholeNumber = (name: string, value: string): number => {
    const number = Number(value);
    if (Number.isInteger(number) && number >= 1) return number;
    throw new Error(`--${name} is ${value}, but must be a whole number from 1`);
  };
  if (values["teacher-int8"] && values.teacher === undefined)
    throw new Error("--teacher-int8 needs --teacher: the folder that it is made from");
  const engines = values.engine.map((name) => {
    const engine = ENGINES.find((each) => each === name);
    if (engine === undefined) throw new Error(`--engine is ${name}, but must be one of ${ENGINES.join(", ")}`);
    return engine;
  });
  const seconds = Number(values.seconds);
  if (!(seconds >= 0)) throw new Error(`--seconds is ${values.seconds}, but must be a number from 0`);
  return {
    ...values,
    engines,
    shapes: values.shape.map((shape) => ({ name: shape, shape: parseShape(shape) })),
    texts: wholeNumber("texts", values.texts),
    threads: values.threads.map((value) => wholeNumber("threads", value)),
    batch: values.batch.map((value) => wholeNumber("batch", value)),
    rounds: wholeNumber("rounds", values.rounds),
    seconds,
  };
}

type Texts = Record<TextKind, string[]>;
type Settings = ReturnType<typeof readSettings>;

/** All systems with one number of threads and one batch size, in turn. */
async function measureSetting(
  contestants: readonly Contestant[],
  texts: Texts,
  { threads, batch }: Omit<Setting, "texts">,
  { rounds, seconds }: Settings,
): Promise<SpeedMeasurement[]> {
  const opened = contestants.map(({ name, system }) => ({ name, system, apart: startApart() }));
  try {
    for (const { system, apart } of opened) {
      await apart.measure({ name: "open", system, threads, batch });
      await apart.measure({ name: "pass", texts: texts.questions.slice(0, Math.max(batch, WARM_TEXTS)), seconds });
    }
    const measurements = KINDS.flatMap((kind) =>
      opened.map(({ name }): SpeedMeasurement => ({ system: name, texts: kind, threads, batch, rounds: [] })),
    );
    for (let round = 1; round <= rounds; round++) {
      const started = performance.now();
      for (const measurement of measurements) {
        const { apart } = opened.find(({ name }) => name === measurement.system)!;
        measurement.rounds.push(await apart.measure({ name: "pass", texts: texts[measurement.texts], seconds }));
      }
      const took = ((performance.now() - started) / 1000).toFixed(1);
      talk(`${threads} threads, batch ${batch}: round ${round} of ${rounds}, ${took} s`);
    }
    return measurements;
  } finally {
    await Promise.all(opened.map(({ apart }) => apart.close()));
  }
}

async function profile(contestants: readonly Contestant[], texts: Texts, { batch, seconds }: Settings) {
  const profiles: SpeedReport["profiles"] = [];
  for (const { name, system } of contestants) {
    // the steps are those of ONNX Runtime
    if (system.kind !== "student" || system.engine === "wasm") continue;
    for (const size of batch) {
      const request = { name: "profile", model: system.model, batch: size, texts: texts.questions, seconds } as const;
      profiles.push({ student: name, texts: "questions", batch: size, steps: await measureApart(request) });
      talk(`profile of ${name}, batch ${size}`);
    }
  }
  return profiles;
}

async function measureAll(settings: Settings, folder: string): Promise<SpeedReport> {
  const machine = describeMachine();
  const texts: Texts = {
    questions: readTexts("questions", settings.texts),
    titles: readTexts("titles", settings.texts, settings.titles),
  };
  const { model, engines, teacher, python } = settings;
  const integers = settings["teacher-int8"] ? python : undefined;
  const contestants = await findSystems(
    { model, engines, teacher, python: integers },
    settings.profile ? [] : settings.shapes,
    folder,
    SEED,
  );
  const measurements: SpeedMeasurement[] = [];
  if (!settings.profile) {
    for (const threads of settings.threads) {
      for (const batch of settings.batch) {
        measurements.push(...(await measureSetting(contestants, texts, { threads, batch }, settings)));
      }
    }
  }
  const systems = contestants.map(({ name, system, bytes }) => ({ name, kind: system.kind, bytes }));
  const mean = (kind: TextKind) => texts[kind].reduce((sum, text) => sum + text.length, 0) / texts[kind].length;
  return {
    machine,
    settings: {
      texts: settings.texts,
      threads: settings.threads,
      batch: settings.batch,
      rounds: settings.rounds,
      seconds: settings.seconds,
    },
    meanCharacters: { questions: mean("questions"), titles: mean("titles") },
    systems,
    ...summarizeSpeed(systems, measurements),
    profiles: await profile(contestants, texts, settings),
  };
}

function talk(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function main(): Promise<void> {
  const settings = readSettings();
  if (settings.help) {
    process.stdout.write(HELP);
    return;
  }
  const folder = await mkdtemp(`${tmpdir()}/ltd-bench-`);
  try {
    const report = await measureAll(settings, folder);
    process.stdout.write(settings.json ? `${JSON.stringify(report)}\n` : toMarkdown(report));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
