import type { Database } from "../../db/database.ts";
import { createGeneration, dropUnlessLive, fillGeneration, makeLive } from "../../db/indexes/generation.ts";
import type { GenerationState, IndexRecord } from "../../db/index-record.ts";
import { getIndex, readGenerations } from "../../db/indexes/find-index.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { queueStatus } from "../../db/capture/queue-status.ts";
import { retryFailed } from "../../db/capture/queue.ts";
import { requireUnchanged } from "../../db/source/source-error.ts";
import { readWeights, type StoredWeights } from "../../db/indexes/weight.ts";
import { withEmbedder } from "../../embed/embedder.ts";
import type { ModelPackage } from "../../embed/model-package.ts";
import { LtdError } from "../../errors.ts";
import { cutOtherwise } from "../../text/cut-otherwise.ts";
import { installModel } from "../install-model.ts";
import { followIndex } from "../functions/show-rows.ts";
import type { LabelledQuestion } from "../../judge/labelled-questions.ts";
import { createEmbedderFor } from "../live-index.ts";
import { check, type CheckResult } from "../loop/check.ts";
import type { EmbedderSettings } from "../same-embedder.ts";
import { sync, type SyncOptions, type SyncResult } from "../keep/sync.ts";

/** Settings of the work on a generation. */
export interface GenerationOptions extends SyncOptions, EmbedderSettings {
  /** Golden questions for a switch. On them the new generation must not do worse by more than `allow` (0.01). */
  check?: { readonly questions: readonly LabelledQuestion[]; readonly allow?: number };
}

/** What was done to bring a generation up to date, and which is live now. */
export interface GenerationResult {
  index: string;
  generation: number;
  state: GenerationState;
  model: string;
  sync: SyncResult;
}

/**
 * Fills a new generation beside the live one and builds its HNSW index. It has another model or other weights.
 * Continues an interrupted run; a finished generation is brought up to date.
 * @throws LtdError "index" when another generation is being built
 * @example
 * const database = await openDatabase();
 * await buildGeneration(database, "faq", await loadModel("ltd-zh-2-tiny"));
 * await switchGeneration(database, "faq");
 */
export async function buildGeneration(
  database: Database,
  name: string,
  model: ModelPackage,
  options: GenerationOptions & { weights?: StoredWeights } = {},
): Promise<GenerationResult> {
  await requireSchema(database);
  const live = await getIndex(database, name);
  requireUnchanged(live);
  const weights = options.weights ?? (await readWeights(database, live));
  const id = model.description.id;
  let building = (await readGenerations(database, name)).find(({ state }) => state === "building");
  if (building === undefined) {
    await installModel(database, model);
    building = await createGeneration(database, live, id, weights);
  } else if (building.modelId !== id || !isSame(await readWeights(database, building), weights)) {
    throw new LtdError(
      "index",
      `generation ${building.generation} of ${name} is being built, with another model or weights`,
      {
        hint: `finish it (ltd-index generation switch ${name}) or drop it (ltd-index generation drop ${name} ${building.generation})`,
      },
    );
  }
  return bringUpToDate(database, building, { ...options, model });
}

/**
 * Asks golden questions of the live generation and of the next one. Throws LtdError "worse" where the next one is
 * worse.
 */
async function requireNotWorse(
  database: Database,
  live: IndexRecord,
  next: IndexRecord,
  { check: wanted, model, threads, signal }: GenerationOptions,
): Promise<void> {
  if (wanted === undefined) return;
  const { questions, allow = 0.01 } = wanted;
  const how = { allow, ...(signal && { signal }) };
  const baseline = await withEmbedder(createEmbedderFor(database, live, { threads }), (embedder) =>
    check(database, { record: live, embedder }, questions, how),
  );
  const { comparison } = await withEmbedder(createEmbedderFor(database, next, { model, threads }), (embedder) =>
    check(database, { record: next, embedder }, questions, { ...how, baseline }),
  );
  refuseWorse(live.name, next.generation, comparison);
}

/** Throws LtdError "worse" where golden questions do worse with the next generation. */
export function refuseWorse(name: string, next: number, comparison: CheckResult["comparison"]): void {
  const { problems, changes } = comparison!;
  if (problems.length === 0) return;
  const worse = changes.filter(({ isWorse }) => isWorse).map(({ question }) => question);
  throw new LtdError(
    "worse",
    `generation ${next} of ${name} does not become live: ${problems.join("; ")}. Worse: ${worse.slice(0, 5).join(" | ")}${worse.length > 5 ? ` and ${worse.length - 5} more` : ""}`,
    { hint: "what was built is kept; calibrate it or train another model, or switch without the check" },
  );
}

/**
 * Brings the generation that is built up to date and makes it the live one. What was live is kept as the previous one,
 * which goes on to be told of changes; what was the previous one is dropped.
 *
 * @throws LtdError "index" when none is built, when more of its rows fail than of the live one, or when it was stopped
 * @example
 * const database = await openDatabase();
 * await switchGeneration(database, "faq");
 */
export function switchGeneration(database: Database, name: string, options: GenerationOptions = {}) {
  return switchTo(database, name, "building", options);
}

/**
 * Brings the previous generation up to date and makes it the live one again. What was live becomes the previous one.
 * Throws as {@link switchGeneration}.
 *
 * @example
 * const database = await openDatabase();
 * await rollbackGeneration(database, "faq"); // the generation before the last switch is live again
 */
export function rollbackGeneration(database: Database, name: string, options: GenerationOptions = {}) {
  return switchTo(database, name, "previous", options);
}

/**
 * Takes a generation that is not live away, with all that belongs to it.
 *
 * @example
 * const database = await openDatabase();
 * await dropGeneration(database, "faq", 1);
 */
export async function dropGeneration(database: Database, name: string, generation: number): Promise<void> {
  await requireSchema(database);
  const all = await readGenerations(database, name);
  const found = all.find((each) => each.generation === generation);
  if (found === undefined) {
    throw new LtdError("index", `${name} has no generation ${generation}`, {
      hint: `its generations are: ${all.map((each) => each.generation).join(", ")}`,
    });
  }
  await dropUnlessLive(database, found);
}

async function switchTo(
  database: Database,
  name: string,
  from: GenerationState,
  options: GenerationOptions,
): Promise<GenerationResult> {
  await requireSchema(database);
  const live = await getIndex(database, name);
  requireUnchanged(live);
  const all = await readGenerations(database, name);
  const next = all.find(({ state }) => state === from);
  if (next === undefined) {
    throw new LtdError(
      "index",
      `${name} has no generation that ${from === "building" ? "is built" : "was live before"}`,
      {
        hint: `see ltd-index generation list ${name}; build one: ltd-index generation build ${name} --model <model>`,
      },
    );
  }
  const result = await bringUpToDate(database, next, options);
  const { failed } = await queueStatus(database, live);
  if (result.sync.stopped || result.sync.failed > failed) {
    const why = result.sync.stopped ? "stopped before it was up to date" : `${result.sync.failed} of its rows fail`;
    throw new LtdError("index", `generation ${next.generation} of ${name} does not become live: ${why}`, {
      hint: "run it again; what was done is kept",
    });
  }
  await requireNotWorse(database, live, next, options);
  // First, and apart: the switch itself takes no lock on the source table.
  const previous = all.find(({ state }) => state === "previous");
  if (from === "building" && previous !== undefined) await dropUnlessLive(database, previous);
  await makeLive(database, live, next);
  if (live.vectorColumn !== null) await followIndex(database, await getIndex(database, name));
  return { ...result, state: "live" };
}

/** Embeds what a generation has not seen, retries what failed, and builds its index. */
export async function bringUpToDate(
  database: Database,
  generation: IndexRecord,
  { model, threads, check: _later, ...options }: GenerationOptions,
): Promise<GenerationResult> {
  return withEmbedder(createEmbedderFor(database, generation, { model, threads }), async (embedder) => {
    const live = await getIndex(database, generation.name);
    let record = generation;
    // of another model, or where the live one has not seen all rows itself, sync queues all rows
    if (record.enqueuedAt === null && live.enqueuedAt !== null && record.modelId === live.modelId) {
      const before = await readWeights(database, live);
      const query = cutOtherwise(embedder.model.words, before, embedder.weights);
      await fillGeneration(database, live, record, query);
      record = { ...record, enqueuedAt: new Date() };
    }
    await retryFailed(database, record);
    const done = await sync(database, record, embedder, options);
    const { name, generation: number, state, modelId } = record;
    return { index: name, generation: number, state, model: modelId, sync: done };
  });
}

function isSame(left: StoredWeights, right: StoredWeights): boolean {
  const asText = (weights: StoredWeights) =>
    [...weights]
      .map(([word, { idf, frequency }]) => `${word}\t${Math.fround(idf)}\t${frequency}`)
      .toSorted()
      .join("\n");
  return asText(left) === asText(right);
}
