import type { Command } from "commander";
import { createEmbedderFor } from "../../app/live-index.ts";
import { verify, type VerifyResult } from "../../app/verify.ts";
import { getIndex, listIndexes } from "../../db/index-store.ts";
import { requireSchema } from "../../db/migrate.ts";
import { requireSource } from "../../db/source-error.ts";
import { withEmbedder } from "../../embed/embedder.ts";
import { configOf, flagsOf, withDatabase, type Context } from "../context.ts";
import { count, duration, say, writeResult } from "../output.ts";

const EXAMPLES_SHOWN = 10;

export function defineVerify(program: Command, context: Context): void {
  program
    .command("verify")
    .argument("[index...]", "indexes to compare with their tables (default: all)")
    .description(
      "Compare every entry with its row, and check triggers and the vector index. Rows that are queued are not wrong.",
    )
    .option("--repair", "queue exactly the rows that are wrong, and make triggers and the vector index anew")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index verify
  ltd-index verify faq --repair && ltd-index sync faq
  ltd-index verify --json | jq 'select(.ok | not)'

Ends with 0 if nothing is wrong, and with 3 if something is or, with --repair, was.`,
    )
    .action(async (names: string[], _options: object, command: Command) => {
      const flags = flagsOf<{ repair?: boolean }>(command);
      const { model, threads } = configOf(context, flags);
      let isWrong = false;
      await withDatabase(context, flags, async (database) => {
        await requireSchema(database);
        const indexes =
          names.length > 0
            ? await Promise.all([...new Set(names)].map((name) => getIndex(database, name)))
            : await listIndexes(database);
        if (indexes.length === 0) say(context, flags, "there is no index yet: ltd-index add <table>");
        for (const index of indexes) {
          requireSource(index);
          const result = await withEmbedder(createEmbedderFor(database, index, { model, threads }), (embedder) =>
            verify(database, index, embedder, { repair: flags.repair === true, signal: context.signal }),
          );
          isWrong ||= !result.ok;
          await writeResult(context, flags, result, render);
        }
      });
      if (isWrong) context.exitCode = 3;
      if (isWrong)
        say(
          context,
          flags,
          flags.repair ? "next: ltd-index sync" : "next: ltd-index verify --repair && ltd-index sync",
        );
    });
}

function render(result: VerifyResult): string {
  const { index, compared, ok, examples, problems, queued, seconds } = result;
  const { missing, orphan, stale, wrongModel, wrongDimension } = result;
  if (ok) return `${index}: ${count(compared)} rows compared, nothing is wrong; ${duration(seconds)}`;
  const found = [
    [missing, "without an entry"],
    [orphan, "with an entry but no row"],
    [stale, "with an entry of another text"],
    [wrongModel, "with an entry of another model"],
    [wrongDimension, "with a vector that cannot be theirs"],
  ] as const;
  const lines = [
    ...found.filter(([rows]) => rows > 0).map(([rows, what]) => `  ${count(rows)} ${what}`),
    ...examples.slice(0, EXAMPLES_SHOWN).map(({ fault, key }) => `    ${fault}: ${key.join(", ")}`),
    ...(examples.length > EXAMPLES_SHOWN ? ["    …"] : []),
    ...problems.map((problem) => `  ${problem}`),
    ...(queued === null ? [] : [`  repaired: ${count(queued)} rows queued`]),
  ];
  return [`${index}: ${count(compared)} rows compared, WRONG; ${duration(seconds)}`, ...lines].join("\n");
}
