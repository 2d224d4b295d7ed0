import type { Command } from "commander";
import { dedupe, type DedupeOptions, type DedupeResult } from "../../app/cluster/dedupe.ts";
import { dedupeFront } from "../../app/shards/dedupe.ts";
import type { Database } from "../../db/database.ts";
import { findFront } from "../../db/indexes/front.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { configOf, flagsOf, withDatabase, type Context, type GlobalFlags } from "../context.ts";
import { count, duration, renderPartial, say, sayBehind, sayLate, writeLine, writeResultRows } from "../output.ts";
import { t, translate } from "../language.ts";

interface DedupeFlags {
  threshold?: string;
  keep: string;
  method: string;
  efSearch?: string;
  save?: boolean;
  csv?: boolean;
}

const GROUPS_SHOWN = 20;
const DUPLICATES_SHOWN = 5;
const PROGRESS_EVERY_MS = 10_000;

export function defineDedupe(verb: Command, context: Context): void {
  verb
    .argument("<index>", "index whose rows are compared; of a front, those of all its shards")
    .option(
      "--threshold <similarity>",
      "similarity from which a row is a duplicate, 0 to 1 (default: of the index, or the model)",
    )
    .option("--keep <which>", "the row that survives: first or last key, longest text, fullest row", "first")
    .option("--method <method>", "exact, or hnsw: faster for very many rows, and misses a few", "exact")
    .option("--ef-search <n>", "candidates that hnsw keeps, 1 to 1000 (default: 100)")
    .option("--save", "write the result into ltd.duplicate, replacing the last one")
    .option("--csv", "print a line a row: survivor, key, similarity, text")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index dedupe faq
  ltd-index dedupe faq --threshold 0.98 --keep longest --csv > duplicates.csv
  ltd-index dedupe faq --save --json | jq .duplicates

In SQL: select * from ltd.duplicate where index_name = 'faq'`,
    )
    .action(async (name: string, _options: object, command: Command) => {
      const flags = flagsOf<DedupeFlags>(command);
      const { model, threads } = configOf(context, flags);
      const numberOf = (value: string | undefined) => (value === undefined ? undefined : Number(value));
      let shown = performance.now();
      const result = await withDatabase(context, flags, (database) =>
        run(context, flags, database, name, {
          threshold: numberOf(flags.threshold),
          keep: flags.keep as DedupeOptions["keep"],
          method: flags.method as DedupeOptions["method"],
          efSearch: numberOf(flags.efSearch),
          save: flags.save,
          model,
          threads,
          signal: context.signal,
          onProgress: ({ done, total }) => {
            if (performance.now() - shown < PROGRESS_EVERY_MS) return;
            shown = performance.now();
            say(context, flags, t`${count(done)} of ${count(total)} rows compared`);
          },
        }),
      );
      sayBehind(context, flags, name, result);
      if (!flags.csv || flags.json) return writeResultRows(context, flags, result, render);
      await writeLine(context, "survivor,key,similarity,text");
      for (const { survivor, duplicates } of result.groups) {
        for (const { key, similarity, text } of [survivor, ...duplicates]) {
          await writeLine(
            context,
            [survivor.key.join(","), key.join(","), similarity.toFixed(6), text].map(quote).join(","),
          );
        }
      }
    });
}

async function run(
  context: Context,
  flags: GlobalFlags,
  database: Database,
  name: string,
  options: DedupeOptions,
): Promise<DedupeResult> {
  await requireSchema(database);
  const front = await findFront(database, name);
  if (front === undefined) return dedupe(database, name, options);
  return dedupeFront(database, front, options, sayLate(context, flags));
}

/** A field of a CSV file (RFC 4180). A text that a spreadsheet would take for a formula is led by an apostrophe. */
function quote(field: string): string {
  const safe = /^[=+\-@\t\r]/.test(field) && Number.isNaN(Number(field)) ? `'${field}` : field;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function render({
  partial,
  index,
  rows,
  duplicates,
  groups,
  held,
  threshold,
  method,
  saved,
  seconds,
}: DedupeResult): string {
  const lines = groups
    .slice(0, GROUPS_SHOWN)
    .flatMap(({ survivor, reason, duplicates: others }) => [
      `  ${survivor.key.join(", ")}  ${survivor.text}  (${translate(reason)})`,
      ...others
        .slice(0, DUPLICATES_SHOWN)
        .map((row) => `    ${row.similarity.toFixed(3)}  ${row.key.join(", ")}  ${row.text}`),
      ...(others.length > DUPLICATES_SHOWN ? [t`    and ${count(others.length - DUPLICATES_SHOWN)} more`] : []),
    ]);
  const more =
    groups.length > GROUPS_SHOWN ? [t`  and ${count(groups.length - GROUPS_SHOWN)} more groups: --csv, --json`] : [];
  const parts = [
    t`${index}: ${count(duplicates)} of ${count(rows)} rows are duplicates of ${count(groups.length)} others`,
    t`similarity from ${Number(threshold.toFixed(4))}`,
    ...(method === "hnsw" ? [t`approximate`] : []),
    ...(saved ? [t`saved`] : []),
    duration(seconds),
  ];
  return [parts.join(t`, `), ...renderPartial(partial), ...lines, ...more, ...renderHeld(held)].join("\n");
}

/** Pairs that are near enough, and are no duplicates. */
function renderHeld(held: DedupeResult["held"]): string[] {
  if (held.length === 0) return [];
  return [
    t`held back: ${count(held.length)} pairs that are as near, but differ in what must be the same`,
    ...held
      .slice(0, GROUPS_SHOWN)
      .map(
        ({ row, survivor, reasons }) =>
          `  ${row.similarity.toFixed(3)}  ${row.key.join(", ")}  ${row.text}  |  ${survivor.key.join(", ")}  ${survivor.text}  (${reasons.map(translate).join(t`; `)})`,
      ),
    ...(held.length > GROUPS_SHOWN ? [t`  and ${count(held.length - GROUPS_SHOWN)} more: --json`] : []),
  ];
}
