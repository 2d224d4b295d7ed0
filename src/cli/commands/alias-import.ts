import type { Command } from "commander";
import { checkAliases, type AliasCheck, type AliasConflict } from "../../app/ask/alias-check.ts";
import type { WantedAlias } from "../../app/ask/alias.ts";
import { addAlias, checkAliasesFront } from "../../app/shards/alias.ts";
import type { RowKey } from "../../app/row-key.ts";
import { LtdError } from "../../errors.ts";
import { withGeneration } from "../ask.ts";
import { flagsOf, withDatabase, type Context } from "../context.ts";
import { count, readStdin, writeResult } from "../output.ts";
import { t } from "../language.ts";

export function defineAliasImport(verb: Command, context: Context): void {
  verb
    .command("import")
    .argument("<index>", "index of the rows")
    .option("--not", "all lines are questions that their row does not answer")
    .option("--dry-run", "store nothing: list the conflicts, and exit with 3 if there are any")
    .description("Add aliases from standard input, all lines or none: key, tab, question.")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index alias import faq < aliases.tsv
  ltd-index alias import faq --dry-run < aliases.tsv
  ltd-index alias list faq | ltd-index alias import faq_copy

A third column "not" makes it a negative question, which its row does not answer. Conflicts are one question for two rows, a negative question that is
an alias or the text of its row, and an alias that is nearer to another row than to its own.`,
    )
    .action(async (name: string, _options: object, command: Command) => {
      const flags = flagsOf<{ not?: boolean; dryRun?: boolean }>(command);
      const wanted: (WantedAlias & { line: number })[] = [];
      let line = 0;
      for await (const text of readStdin(context, flags, `ltd-index alias import ${name} < aliases.tsv`)) {
        line++;
        if (text.trim() !== "") wanted.push({ ...parseLine(text, line, flags.not), line });
      }
      if (flags.dryRun) {
        const { signal } = context;
        const check = await withGeneration(context, flags, name, {
          index: (database, generation) => checkAliases(database, generation, wanted, { signal }),
          front: (front) => checkAliasesFront(front, wanted, signal),
        });
        const lineOf = ({ at }: AliasConflict) => wanted[at]!.line;
        await writeResult(context, flags, check, (found) => renderCheck(found, lineOf));
        if (check.conflicts.length > 0) context.exitCode = 3;
        return;
      }
      await withDatabase(context, flags, async (database) => {
        const result = await addAlias(database, name, wanted);
        await writeResult(
          context,
          flags,
          result,
          ({ index, changed }) => t`${count(changed)} aliases of ${index}; next: ltd-index sync ${index}`,
        );
      });
    });
}

function parseLine(line: string, at: number, not = false): WantedAlias {
  const [key, question, kind, ...more] = line.split("\t");
  if (question === undefined || (kind !== undefined && kind !== "not") || more.length > 0) {
    const has =
      question === undefined
        ? t`has no tab`
        : more.length > 0
          ? t`has ${more.length + 3} columns`
          : t`has the third column ${JSON.stringify(kind)}`;
    throw new LtdError("input", `line ${at} ${has}: ${line}`, {
      hint: 'write: key, tab, question; for a negative question add another tab and "not"',
    });
  }
  return { key: parseKey(key!), question, isNegative: not || kind === "not" };
}

function renderCheck({ index, checked, conflicts }: AliasCheck, lineOf: (conflict: AliasConflict) => number): string {
  const lines = conflicts.map(
    (each) => t`line ${lineOf(each)}: ${each.question} of ${each.key.join(", ")} ${renderWhy(each)}`,
  );
  return [
    ...lines,
    t`${count(checked)} questions for ${index}, ${count(conflicts.length)} conflicts; nothing was stored`,
  ].join("\n");
}

function renderWhy({ why, of, similarity, ownSimilarity }: AliasConflict): string {
  const row = of.join(", ");
  if (why === "alias") return t`is an alias of ${row}`;
  if (why === "negative") return t`is a negative question of this row`;
  if (why === "own") return t`is an alias or the text of this row, and cannot be a negative question of it`;
  const own = ownSimilarity == null ? t`is not among the first ten` : ownSimilarity.toFixed(3);
  return t`is nearer to ${row} (${similarity!.toFixed(3)}) than to its own row (${own})`;
}

/** A key as it is typed: the value of its column, or a JSON array of several. */
export function parseKey(text: string): RowKey {
  if (!text.startsWith("[")) return text;
  try {
    const parts = JSON.parse(text) as unknown;
    if (Array.isArray(parts) && parts.every((part) => typeof part === "string" || typeof part === "number"))
      return parts;
  } catch {
    // a text key may begin so
  }
  return text;
}
