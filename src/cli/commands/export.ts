import type { Command } from "commander";
import type { ExportResult } from "../../app/file/export.ts";
import { exportIndex, exportPage } from "../../app/shards/export.ts";
import { findFront } from "../../db/indexes/front.ts";
import { HNSW_DEFAULTS } from "../../ann/hnsw-settings.ts";
import { getIndex } from "../../db/indexes/find-index.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { readBehind } from "../../app/behind.ts";
import { LtdError } from "../../errors.ts";
import { configOf, flagsOf, withDatabase, type Context, type GlobalFlags } from "../context.ts";
import { count, duration, megabytes, say, sayPending, writeResult } from "../output.ts";
import { createProgress } from "../progress.ts";
import { t, translate } from "../language.ts";

interface ExportFlags {
  out?: string;
  html?: string;
  method: string;
  m?: string;
  efConstruction?: string;
  efSearch?: string;
  rebuild?: boolean;
}

export function defineExport(verb: Command, context: Context): void {
  const { m, efConstruction, efSearch } = HNSW_DEFAULTS;
  verb
    .argument("<index>", "index to write; of a front, the rows of all its shards")
    .option("--out <file>", "the file; two more with its name are written beside it")
    .option("--html <file>", "write one HTML page that answers by itself, without a network, instead of --out")
    .option(
      "--method <method>",
      "exact: compare with every row; hnsw: build a graph; auto: a graph from 20,001 rows",
      "auto",
    )
    .option("--m <n>", `neighbours of a node of the graph, 4 to 64 (default: ${m})`)
    .option("--ef-construction <n>", `candidates while the graph is built, 8 to 2000 (default: ${efConstruction})`)
    .option("--ef-search <n>", `candidates of a search in the graph, 1 to 10000 (default: ${efSearch})`)
    .option("--rebuild", "write the whole file again")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index export faq --out faq.ltd
  ltd-index match --local faq.ltd 怎么退款
  ltd-index export faq --html faq.html
  ltd-index export faq --out faq.ltd --method hnsw --m 32 --rebuild

The file contains whole rows: it is as confidential as the table. Readers that have an older file open keep it.`,
    )
    .action(async (name: string, _options: object, command: Command) => {
      const flags = flagsOf<ExportFlags>(command);
      const { out, html } = flags;
      if (html !== undefined && out === undefined) return writePage(context, { ...flags, html }, name);
      if (out === undefined || html !== undefined)
        throw new LtdError("usage", "name one file to write: --out faq.ltd, or --html faq.html");
      const method = methodOf(flags.method);
      const progress = createProgress(context, flags);
      const started = performance.now();
      const result = await withDatabase(context, flags, async (database) => {
        await requireSchema(database);
        if ((await findFront(database, name)) === undefined)
          sayPending(context, flags, name, (await readBehind(database, await getIndex(database, name))).pending);
        return exportIndex(database, name, out, {
          method,
          ...(flags.m !== undefined && { m: Number(flags.m) }),
          ...(flags.efConstruction !== undefined && { efConstruction: Number(flags.efConstruction) }),
          ...(flags.efSearch !== undefined && { efSearch: Number(flags.efSearch) }),
          rebuild: flags.rebuild === true,
          signal: context.signal,
          onProgress: (done, total) => {
            const rate = (1000 * done) / (performance.now() - started);
            progress.update({ index: name, phase: "embed", done, total, rate });
          },
        });
      }).finally(() => progress.end());
      await writeResult(context, flags, result, render);
      say(context, flags, t`next: ltd-index match --local ${out} "…"`);
    });
}

/** `export --html`. */
async function writePage(
  context: Context,
  flags: ExportFlags & GlobalFlags & { html: string },
  name: string,
): Promise<void> {
  const { model, threads } = configOf(context, flags);
  const result = await withDatabase(context, flags, (database) =>
    exportPage(database, name, flags.html, { model, threads, signal: context.signal }),
  );
  await writeResult(
    context,
    flags,
    result,
    ({ index, file, rows, bytes, seconds }) =>
      t`${index} in ${file}: ${count(rows)} rows, a page that answers by itself, ${megabytes(bytes)}; ${duration(seconds)}`,
  );
}

function methodOf(method: string): "auto" | "exact" | "hnsw" {
  if (method === "auto" || method === "exact" || method === "hnsw") return method;
  throw new LtdError("usage", `--method is ${method}, but must be auto, exact or hnsw`);
}

function render({ index, file, method, rows, refreshed, bytes, seconds, note, ...counts }: ExportResult): string {
  const { added, changed, rewritten, removed } = counts;
  const how = method === "exact" ? t`searched exactly` : t`in an HNSW graph`;
  const lines = [t`${index} in ${file}: ${count(rows)} rows ${how}, ${megabytes(bytes)}; ${duration(seconds)}`];
  if (refreshed) {
    lines.push(
      t`  ${count(added)} added, ${count(changed)} with another text, ${count(rewritten)} with other columns, ${count(removed)} gone`,
    );
  }
  if (note !== null) lines.push(t`  note: ${translate(note)}`);
  return lines.join("\n");
}
