import type { Command } from "commander";
import { status } from "../../app/shards/status.ts";
import type { IndexStatus, ShardStatus } from "../../app/status.ts";
import { FEWEST_CHECKED_ROWS } from "../../app/thresholds.ts";
import { flagsOf, withDatabase, type Context } from "../context.ts";
import { count, duration, renderPairs, say, writeResult } from "../output.ts";
import { t, translate } from "../language.ts";

export function defineStatus(verb: Command, context: Context): void {
  verb
    .argument("[index]", "index to show (default: all)")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index status
  ltd-index status faq
  ltd-index status --json | jq 'map(.pending) | add'`,
    )
    .action(async (name: string | undefined, _options: object, command: Command) => {
      const flags = flagsOf(command);
      const found = await withDatabase(context, flags, (database) => status(database, name));
      if (flags.json || found.length > 0)
        return writeResult(context, flags, found, (indexes) => indexes.map(render).join("\n\n"));
      say(context, flags, t`there is no index yet: ltd-index add <table> --text "{column}"`);
    });
}

function renderShard({ shard, status }: ShardStatus): string {
  if (status === null) return t`${shard} does not answer`;
  return t`${shard}: ${count(status.entries)} entries, ${count(status.pending)} pending`;
}

/** Whether sync has had reason to check the thresholds: small tables and fronts give it none. */
function isLoaded({ vectorIndex, indexed, shards }: IndexStatus): boolean {
  return vectorIndex === "valid" && indexed >= FEWEST_CHECKED_ROWS && shards === undefined;
}

function render(state: IndexStatus): string {
  const { oldestSeconds } = state;
  const isRight = state.problems.length === 0;
  return renderPairs({
    index: state.index,
    table: `${state.table}${state.sourceExists ? "" : t` (dropped)`}`,
    text: state.template,
    model: state.model,
    vectors: state.column === null ? null : t`in the column ${state.column}`,
    precision: state.halfvec ? t`half: two bytes a number` : null,
    entries: count(state.entries),
    indexed: count(state.indexed),
    empty: state.empty > 0 ? t`${count(state.empty)} (no letter or digit)` : 0,
    truncated: state.truncated > 0 ? t`${count(state.truncated)} (longer than the model reads)` : 0,
    pending: `${count(state.pending)}${oldestSeconds === null ? "" : t`, the oldest for ${duration(oldestSeconds)}`}`,
    leased: count(state.leased),
    failed: `${count(state.failed)}${state.failed > 0 ? t` (see ltd-index failed; ltd-index retry tries them again)` : ""}`,
    "last error": state.lastError,
    "vector index": translate(state.vectorIndex),
    thresholds: state.staleThresholds
      ? t`STALE: ${translate(state.staleThresholds)} (ltd-index calibrate ${state.index})`
      : state.calibration === null && isLoaded(state)
        ? t`the model's, never checked on these rows (ltd-index calibrate ${state.index})`
        : state.calibration && translate(state.calibration),
    triggers:
      isRight || state.shards
        ? null
        : t`WRONG: ${state.problems.map(translate).join(t`; `)} (ltd-index verify ${state.index} --repair)`,
    problems:
      isRight || !state.shards
        ? null
        : t`${state.problems.map(translate).join(t`; `)} (ltd-index shard verify ${state.index})`,
    shards: state.shards && state.shards.map(renderShard).join(t`; `),
  });
}
