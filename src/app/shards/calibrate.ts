import type { Database } from "../../db/database.ts";
import { rankKeys, storeCalibration } from "../../db/indexes/calibration.ts";
import { getIndex } from "../../db/indexes/find-index.ts";
import { findFront } from "../../db/indexes/front.ts";
import { withEmbedder } from "../../embed/embedder.ts";
import { readBehind } from "../behind.ts";
import { calibrate, findThresholds, toStore, type CalibrateOptions, type CalibrateResult } from "../judge/calibrate.ts";
import type { TrialSource } from "../judge/trial-source.ts";
import { createEmbedderFor } from "../live-index.ts";
import { journalQuestions, readJournalQuestions, type JournalQuestions } from "../loop/labels.ts";
import type { EmbedderSettings } from "../same-embedder.ts";
import { nearestToRow, searchableFront } from "./ask.ts";
import { inEach } from "./each.ts";
import { declaredFront } from "./declared.ts";
import { Front, type FrontState } from "./front.ts";
import { loopOfShards } from "./loop.ts";
import { openParts, type OnLate, type ReadShard } from "./rows.ts";

/** Settings of {@link calibrateNamed}. `fromJournal`: with the labels of journal and feedback. */
type NamedOptions = CalibrateOptions & { fromJournal?: boolean };

/** Calibrates an index with its own model, or a front with all its shards: see `calibrate`. */
export async function calibrateNamed(
  database: Database,
  name: string,
  settings: EmbedderSettings,
  { fromJournal = false, ...options }: NamedOptions,
  onLate?: OnLate,
): Promise<CalibrateResult> {
  const declared = await findFront(database, name);
  if (declared !== undefined) {
    const front = await Front.open({ ...declaredFront(database, declared), ...(onLate && { onLate }) }, settings);
    try {
      return await calibrateFront(front, { fromJournal, ...options });
    } finally {
      await front.close();
    }
  }
  const index = await getIndex(database, name);
  const labelled = fromJournal ? await journalQuestions(database, name) : {};
  return withEmbedder(createEmbedderFor(database, index, settings), (embedder) =>
    calibrate(database, index, embedder, { ...labelled, ...options }),
  );
}

/**
 * Finds the thresholds of a front for a precision, asking all shards, and stores them on each.
 *
 * @throws LtdError "database" where a shard does not answer
 */
function calibrateFront(front: Front, { fromJournal, ...options }: NamedOptions): Promise<CalibrateResult> {
  return front.read(async (state) => {
    const parts = await openParts(front.shards, state.fingerprint);
    const labelled = fromJournal ? await journalOf(front, state) : {};
    const result = await findThresholds(trialsOf(front, state, parts), { ...labelled, ...options });
    if (!result.saved) return result;
    const databases = parts.map(({ database }) => database);
    await inEach(databases, async (txs) => {
      for (const [at, { record }] of parts.entries()) await storeCalibration(txs[at]!, record, toStore(record, result));
    });
    return result;
  });
}

function journalOf({ name, shards }: Front, { fingerprint }: FrontState): Promise<JournalQuestions> {
  return readJournalQuestions(loopOfShards(name, shards, fingerprint));
}

function trialsOf(front: Front, state: FrontState, parts: readonly ReadShard[]): TrialSource {
  const { name, shards } = front;
  return {
    record: { ...parts[0]!.record, name },
    searchable: searchableFront(front, state, { needsAll: true }),
    sample: async (count, seed) => {
      const drawn = await Promise.all(parts.map(({ database, record }) => rankKeys(database, record, count, seed)));
      const all = drawn.flat().sort((one, other) => (one.rank < other.rank ? -1 : 1));
      return all.slice(0, count).map(({ key }) => key);
    },
    texts: (keys) => loopOfShards(name, shards, state.fingerprint).texts(keys),
    nearestTo: (key, k) => nearestToRow(front, state, key, k),
    pending: async () => {
      const behind = await Promise.all(parts.map(({ database, record }) => readBehind(database, record)));
      return behind.reduce((sum, { pending }) => sum + pending, 0);
    },
  };
}
