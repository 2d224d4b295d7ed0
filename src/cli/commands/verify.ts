import type { Command } from "commander";
import { createEmbedderFor } from "../../app/live-index.ts";
import { verify, type VerifyResult } from "../../app/operate/verify.ts";
import { verifyLocal, type LocalVerifyResult } from "../../app/file/verify.ts";
import { verifyEachShard } from "../../app/operate/verify-shards.ts";
import { verifyShards } from "../../app/shards/verify.ts";
import type { Database } from "../../db/database.ts";
import { getIndex } from "../../db/indexes/find-index.ts";
import { findFront } from "../../db/indexes/front.ts";
import { listNames } from "../../db/indexes/names.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { requireUnchanged } from "../../db/source/source-error.ts";
import { withEmbedder } from "../../embed/embedder.ts";
import { LtdError } from "../../errors.ts";
import { configOf, flagsOf, withDatabase, type Context, type GlobalFlags } from "../context.ts";
import { count, duration, say, writeResult } from "../output.ts";
import { t, translate } from "../language.ts";
import { renderVerified } from "./shard.ts";

const EXAMPLES_SHOWN = 10;

interface VerifyFlags {
  repair?: boolean;
  local?: string;
}

export function defineVerify(verb: Command, context: Context): void {
  verb
    .argument("[index...]", "indexes to compare with their tables (default: all)")
    .option("--local <file>", "compare a file that `ltd-index export` has written with the database instead")
    .option("--repair", "queue exactly the rows that are wrong, and recreate triggers and the vector index")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index verify
  ltd-index verify faq --repair && ltd-index sync faq
  ltd-index verify --json | jq 'select(.ok | not)'
  ltd-index verify --local faq.ltd || ltd-index export faq --out faq.ltd

Exit code 0 if nothing is wrong, 3 if something is or, with --repair, was.`,
    )
    .action(async (names: string[], _options: object, command: Command) => {
      const flags = flagsOf<VerifyFlags>(command);
      if (flags.local !== undefined) {
        await verifyFile(context, { ...flags, local: flags.local }, names);
        return;
      }
      const { model, threads } = configOf(context, flags);
      let isWrong = false;
      await withDatabase(context, flags, async (database) => {
        await requireSchema(database);
        const all = await listNames(database, names);
        if (all.length === 0) say(context, flags, t`there is no index yet: ltd-index add <table>`);
        for (const name of all) {
          if ((await findFront(database, name)) !== undefined) {
            isWrong = !(await verifyFront(context, flags, database, name)) || isWrong;
            continue;
          }
          const index = await getIndex(database, name);
          requireUnchanged(index);
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
          flags.repair ? t`next: ltd-index sync` : t`next: ltd-index verify --repair && ltd-index sync`,
        );
    });
}

/** Each shard with its table, then the shards with each other; whether nothing is wrong. */
async function verifyFront(
  context: Context,
  flags: VerifyFlags & GlobalFlags,
  database: Database,
  name: string,
): Promise<boolean> {
  const { model, threads } = configOf(context, flags);
  const options = { repair: flags.repair === true, signal: context.signal };
  const results = await verifyEachShard(database, name, { model, threads }, options);
  for (const result of results) await writeResult(context, flags, result, render);
  const compared = await verifyShards(database, name);
  await writeResult(context, flags, compared, renderVerified);
  return compared.ok && results.every(({ ok }) => ok);
}

/** `verify --local`. */
async function verifyFile(
  context: Context,
  flags: VerifyFlags & GlobalFlags & { local: string },
  names: readonly string[],
): Promise<void> {
  const { local, repair } = flags;
  if (repair || names.length > 0) {
    throw new LtdError("usage", `--local cannot be combined with ${repair ? "--repair" : "the name of an index"}`, {
      hint: repair ? "ltd-index export brings a file up to date" : `ltd-index verify --local ${local}`,
    });
  }
  const result = await withDatabase(context, flags, (database) =>
    verifyLocal(database, local, { signal: context.signal }),
  );
  await writeResult(context, flags, result, renderLocal);
  if (result.ok) return;
  context.exitCode = 3;
  say(context, flags, t`next: ltd-index export ${result.index} --out ${local}`);
}

function renderLocal(result: LocalVerifyResult): string {
  const { index, file, compared, ok, examples, problems, seconds } = result;
  const { missing, orphan, stale, rewritten } = result;
  const found: Found = [
    [missing, t`that the file lacks`],
    [orphan, t`that are gone`],
    [stale, t`with another text`],
    [rewritten, t`with other columns`],
  ];
  return renderFound(t`${file}: ${count(compared)} rows of ${index} compared`, ok, seconds, found, examples, problems);
}

type Found = readonly (readonly [rows: number, what: string])[];

function renderFound(
  title: string,
  ok: boolean,
  seconds: number,
  found: Found,
  examples: readonly { fault: string; key: readonly string[] }[],
  problems: readonly string[],
): string {
  if (ok) return t`${title}, nothing is wrong; ${duration(seconds)}`;
  const lines = [
    ...found.filter(([rows]) => rows > 0).map(([rows, what]) => `  ${count(rows)} ${what}`),
    ...examples.slice(0, EXAMPLES_SHOWN).map(({ fault, key }) => `    ${translate(fault)}: ${key.join(", ")}`),
    ...(examples.length > EXAMPLES_SHOWN ? ["    …"] : []),
    ...problems.map((problem) => `  ${translate(problem)}`),
  ];
  return [t`${title}, WRONG; ${duration(seconds)}`, ...lines].join("\n");
}

function render(result: VerifyResult): string {
  const { index, compared, ok, examples, problems, queued, seconds } = result;
  const { missing, orphan, stale, wrongModel, wrongDimension } = result;
  const found: Found = [
    [missing, t`without an entry`],
    [orphan, t`with an entry but no row`],
    [stale, t`with an entry of another text`],
    [wrongModel, t`with an entry of another model`],
    [wrongDimension, t`with an impossible vector`],
  ];
  const repaired = queued === null || ok ? [] : [t`repaired: ${count(queued)} rows queued`];
  return renderFound(t`${index}: ${count(compared)} rows compared`, ok, seconds, found, examples, [
    ...problems,
    ...repaired,
  ]);
}
