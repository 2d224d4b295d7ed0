/**
 * What model packages know, beside their teacher and two controls without training: see `npm run bench:quality -- --help`.
 *
 * Every score is defined in distill/ (evaluate.py, scores.py); here the steps are driven: texts, vectors, table. `ltd-index eval`
 * (src/judge) has the same definitions for a user's own files.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { embedTexts, writeInputs } from "./student.ts";
import { teacherVectors } from "./teacher.ts";
import { runScript, timed } from "../shared/step.ts";
import { namedModels, type NamedModel } from "../shared/named-models.ts";

const HELP = `Usage: npm run bench:quality -- --eval DIR [options]

Scores model packages on all development sets, beside untrained controls and, with --teacher, their teacher: one table with 95 %
bootstrap intervals, differences to the teacher, and how much of it is kept.

  --eval DIR            the development sets (pairs, cls, faq, intent)
  --model [NAME=]DIR    a model package, or the id of a bundled one; repeatable (default: the bundled model)
  --teacher DIR         model.onnx and tokenizer.json of the teacher; its vectors are kept in --work
  --python FILE         Python with distill/requirements.txt (default: LTD_PYTHON, else python3)
  --work DIR            folder for texts, vectors and quality.json, which distill/card.py reads (default data/quality)
  --samples N           drawings of the bootstrap (default 1000)
  --json                the JSON document on the last line instead of the table

Examples:
  npm run bench:quality -- --eval ../eval --teacher ../bge-small-zh-v1.5
  npm run bench:quality -- --eval ../eval --teacher ../bge-small-zh-v1.5 --model int8=data/int8 --model fp32=data/fp32 --model data/tiny
  npm run --silent bench:quality -- --eval ../eval --json > quality.json
`;

function readSettings() {
  const { values } = parseArgs({
    options: {
      eval: { type: "string" },
      model: { type: "string", multiple: true },
      teacher: { type: "string" },
      python: { type: "string", default: process.env["LTD_PYTHON"] ?? "python3" },
      work: { type: "string", default: "data/quality" },
      samples: { type: "string", default: "1000" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  return values;
}

/** What is said of a package beside its scores: enough for distill/card.py to know it again. */
function describe({ model }: NamedModel, thresholds: unknown) {
  const { id, dims, files } = model.description;
  return { id, dims, fingerprint: model.fingerprint, files, thresholds };
}

async function main(): Promise<void> {
  const { help, eval: sets, model, teacher, python, work, samples, json } = readSettings();
  if (help) {
    process.stdout.write(HELP);
    return;
  }
  if (sets === undefined) throw new Error("--eval is missing: the folder of the development sets");
  const models = await namedModels(model);
  mkdirSync(work, { recursive: true });
  const at = (name: string) => join(work, name);
  const script = (what: string, name: string, ...args: string[]) => timed(what, () => runScript(python, name, args));

  const texts = at("texts.txt");
  await script("texts of the sets", "evaluate.py", "texts", "--eval", sets, "--out", texts);
  const systems: string[] = [];
  for (const each of models) {
    const vectors = at(`${each.name}.npy`);
    await timed(`vectors of ${each.name}`, () => embedTexts(each.model.folder, texts, vectors));
    systems.push("--system", `${each.name}=${vectors}`);
  }
  if (teacher !== undefined) {
    const vectors = await timed("vectors of the teacher", () => teacherVectors(python, resolve(teacher), texts, work));
    systems.push("--system", `teacher=${vectors}`);
  }
  await timed("inputs of the controls", () => writeInputs(models[0]!.model, texts, at("inputs")));
  const common = ["--eval", sets, "--texts", texts];
  const scores = ["score", ...common, "--inputs", at("inputs"), ...systems, "--samples", samples];
  const table = await script("scores", "evaluate.py", ...scores, "--json", at("scores.json"));
  const described: Record<string, unknown> = {};
  for (const each of models) {
    const out = at("thresholds.json");
    const find = ["threshold", ...common, "--vectors", at(`${each.name}.npy`), "--json", out];
    await script(`thresholds of ${each.name}`, "evaluate.py", ...find);
    described[each.name] = describe(each, JSON.parse(readFileSync(out, "utf8")));
  }
  const document = { ...(JSON.parse(readFileSync(at("scores.json"), "utf8")) as object), models: described };
  writeFileSync(at("quality.json"), `${JSON.stringify(document, undefined, 2)}\n`);
  process.stdout.write(json ? `${JSON.stringify(document)}\n` : table);
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
