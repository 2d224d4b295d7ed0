import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeDistillInputs } from "../../src/app/train/distill-data.ts";
import type { ModelPackage } from "../../src/index.ts";
import { formatWords } from "../../src/text/word-columns.ts";
import { runVerb } from "../shared/step.ts";

/** Writes the vectors of `texts`, one a line, as a `.npy` file, by the verb that a user would type. */
export async function embedTexts(folder: string, texts: string, out: string): Promise<void> {
  await runVerb(["embed", texts, "--npy", out, "--model", folder, "--quiet"]);
}

/** Writes the characters and weights of `texts` as this model would read them, without the model: the control without training. */
export async function writeInputs({ tables, words, description }: ModelPackage, texts: string, out: string) {
  const { documents, embeddedWords, smoothing, maxChars } = description.text;
  const folder = join(out, "tables");
  mkdirSync(folder, { recursive: true });
  const characters = [...tables.characterIds.keys()];
  const about = { documents, chars: characters.length + 2, words: embeddedWords + 2, smoothing, maxChars };
  writeFileSync(join(folder, "chars.txt"), characters.map((character) => `${character}\n`).join(""));
  writeFileSync(join(folder, "words.tsv"), formatWords(words));
  writeFileSync(join(folder, "tables.json"), JSON.stringify(about));
  await writeDistillInputs(folder, texts, out);
}
