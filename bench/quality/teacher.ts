import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { runScript } from "../shared/step.ts";

/**
 * The teacher's vectors of `texts`, one a line, as a `.npy` file in `folder`: made once for the same texts and the same teacher, whose
 * contents are its name. distill/teacher.py goes on where it was stopped.
 *
 * @param teacher folder with model.onnx and tokenizer.json
 */
export async function teacherVectors(python: string, teacher: string, texts: string, folder: string): Promise<string> {
  const hash = createHash("sha256");
  for (const file of [texts, join(teacher, "tokenizer.json"), join(teacher, "model.onnx")]) {
    for await (const part of createReadStream(file)) hash.update(part as Uint8Array);
  }
  const out = join(folder, `teacher-${hash.digest("hex").slice(0, 16)}.npy`);
  await runScript(python, "teacher.py", ["--teacher", teacher, "--texts", texts, "--out", out]);
  return out;
}
