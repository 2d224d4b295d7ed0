import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { EngineChoice } from "../../src/embed/engine.ts";
import { modelFolder } from "../../src/embed/model-package.ts";
import type { BertShape } from "./shapes/bert.ts";
import { measureApart } from "../shared/measure-apart.ts";
import { runScript } from "../shared/step.ts";
import type { System } from "./passes.ts";

/** A system under the name that it has in the report. */
export interface Contestant {
  name: string;
  system: System;
  /** All files that it reads, in bytes. */
  bytes: number;
}

/** The students and the teacher where they are; the teacher in integers, made by `python`, and an encoder of each shape, written into `folder`. */
export async function findSystems(
  {
    model,
    engines,
    teacher,
    python,
  }: {
    model: readonly string[];
    engines: readonly EngineChoice[];
    teacher?: string | undefined;
    python?: string | undefined;
  },
  shapes: readonly { name: string; shape: BertShape }[],
  folder: string,
  seed: number,
): Promise<Contestant[]> {
  const contestants: Contestant[] = [];
  for (const name of model) {
    const files = ["model.json", ...(await packageFiles(modelFolder(name)))];
    const bytes = await size(modelFolder(name), files);
    for (const engine of engines) {
      const system: System = { kind: "student", model: name, engine };
      contestants.push({ name: engines.length === 1 ? name : `${name}, ${engine}`, system, bytes });
    }
  }
  const bert = async (name: string, at: string) =>
    contestants.push({
      name,
      system: { kind: "bert", folder: at },
      bytes: await size(at, ["model.onnx", "tokenizer.json"]),
    });
  if (teacher !== undefined) await bert("teacher", teacher);
  if (teacher !== undefined && python !== undefined) {
    const at = join(folder, "teacher-int8");
    await runScript(python, "quantize_teacher.py", ["--teacher", teacher, "--out", at]);
    await bert("teacher int8", at);
  }
  for (const { name, shape } of shapes) {
    const at = join(folder, name);
    await measureApart({ name: "write-bert", folder: at, shape, seed }); // apart, as this process has to stay small
    await bert(name, at);
  }
  return contestants;
}

async function packageFiles(folder: string): Promise<string[]> {
  const { files } = JSON.parse(await readFile(join(folder, "model.json"), "utf8")) as { files: object };
  return Object.keys(files);
}

async function size(folder: string, files: readonly string[]): Promise<number> {
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}
