import type { Database } from "../../db/database.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { foreignStates } from "../../db/indexes/foreign-shard.ts";
import type { FrontRecord } from "../../db/indexes/front.ts";
import { queueStatus } from "../../db/capture/queue-status.ts";
import { waitingRows } from "../behind.ts";
import { onEachShard, withShards } from "../shards/each.ts";
import { fingerprintOf, firstDifference, thresholdDifference } from "../shards/fingerprint.ts";
import type { Say } from "./check.ts";

/** Checks the shards of a front: whether each answers in time and can be compared with the others. */
export async function checkFront(say: Say, database: Database, front: FrontRecord): Promise<void> {
  await withShards(database, front, async (shards) => {
    const outcomes = await onEachShard(shards, async (there, record) => {
      const started = performance.now();
      const difference = firstDifference(await fingerprintOf(there, record), front.fingerprint);
      const tookMs = performance.now() - started;
      return { record, difference, tookMs, waiting: waitingRows(await queueStatus(there, record)) };
    });
    let first: IndexRecord | undefined;
    for (const outcome of outcomes) {
      const name = `shard ${outcome.shard} of ${front.name}`;
      if (outcome.error) {
        say("problem", name, outcome.error.message, outcome.error.hint);
        continue;
      }
      const { record, difference, tookMs, waiting } = outcome.value;
      const threshold = first && thresholdDifference(record, first);
      first ??= record;
      if (difference !== undefined) say("problem", name, difference, finishSwitch(front.name));
      else if (threshold !== undefined)
        say("warning", name, threshold, "questions are decided by the thresholds of the first shard that answers");
      else if (tookMs > front.deadlineMs / 2)
        say("warning", name, `it answers in ${Math.round(tookMs)} ms, and is waited for ${front.deadlineMs} ms`);
      else say("ok", name, `${waiting} rows wait for sync`);
    }
  });
  await checkForeign(say, database, front);
}

/** Checks the foreign tables by which `ltd.match` asks the shards, where there are any. */
async function checkForeign(say: Say, database: Database, { name, shards }: FrontRecord): Promise<void> {
  const states = await foreignStates(database, name, shards);
  if (states.every(({ tables }) => tables.length === 0)) return;
  const check = `ltd.match of ${name}`;
  const missing = states.filter(({ tables }) => tables.length === 0).map(({ shard }) => shard);
  const slow = states.filter(({ estimatesRemotely }) => estimatesRemotely).map(({ shard }) => shard);
  if (missing.length > 0)
    say("problem", check, `no foreign table of ${missing.join(", ")}`, `ltd-index shard fdw ${name}`);
  if (slow.length > 0)
    say(
      "warning",
      check,
      `use_remote_estimate is on for ${slow.join(", ")}: a question may fetch whole tables`,
      `alter server "ltd.${name}.${slow[0]}" options (set use_remote_estimate 'false'), or the same of its foreign tables`,
    );
  if (missing.length === 0 && slow.length === 0) say("ok", check, `${states.length} shards, by postgres_fdw`);
}

/** What to do about a shard whose live generation is not that of the front. It may have that one, not live yet. */
function finishSwitch(front: string): string {
  return `finish a switch that was cut off (ltd-index generation switch ${front}), or bring its index to what the others have`;
}
