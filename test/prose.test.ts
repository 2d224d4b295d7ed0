import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import { promisify } from "node:util";
import { readExamples, readProse } from "../scripts/prose.ts";

/** How many places are left to mend: no count may grow. */
const LEFT = { privateWords: 0, longFirstSentences: 0, longCommentLines: 0, exportsWithoutExample: 0 };

it("prose is as plain as it was: node scripts/prose.ts --list KIND shows the places", () => {
  for (const [kind, places] of Object.entries(readProse())) {
    const most = LEFT[kind as keyof typeof LEFT];
    assert.ok(places.length <= most, `${kind}: ${places.length}, more than ${most}\n${places.join("\n")}`);
  }
});

it("examples of the exported functions are valid TypeScript", async () => {
  const examples = readExamples();
  assert.ok(examples.length >= 60, `${examples.length} examples`);
  const folder = join(import.meta.dirname, "../node_modules/.cache/ltd-index/examples");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [at, { name, module, code }] of examples.entries()) {
    const named = (of: string, without: readonly string[] = []): string[] =>
      examples
        .filter(
          (each) => each.module === of && !without.includes(each.name) && new RegExp(`\\b${each.name}\\b`).test(code),
        )
        .map((each) => each.name);
    const own = named(module);
    const lines = [
      'import { writeFile } from "node:fs/promises";',
      'import { Kysely, PostgresDialect } from "kysely";',
      'import { Pool } from "pg";',
      `import { ${own.join(", ")} } from "../../../../${module}";`,
      ...(module === "src/index.ts"
        ? []
        : [`import { ${named("src/index.ts", own).join(", ")} } from "../../../../src/index.ts";`]),
      "export async function example(): Promise<void> {",
      code,
      "}",
      "void [writeFile, Kysely, PostgresDialect, Pool];",
    ];
    await writeFile(join(folder, `${at}_${name}.ts`), `${lines.join("\n")}\n`);
  }
  const settings = { extends: "../../../../tsconfig.json", include: ["*.ts"] };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(settings));
  const tsc = join(import.meta.dirname, "../node_modules/.bin/tsc");
  await promisify(execFile)(tsc, ["-p", folder]).catch((error: { stdout: string }) => assert.fail(error.stdout));
});
