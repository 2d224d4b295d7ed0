import type { Database } from "../../db/database.ts";
import type { Key } from "../../db/index-record.ts";
import type { GapQuestion } from "../../db/loop/gap.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { keyId } from "../../db/statement/key.ts";
import { findDuplicates } from "../../cluster/duplicates.ts";
import { openMatrixProduct } from "../../embed/matrix-product.ts";
import type { Decision } from "../../judge/decision.ts";
import { groupBy } from "../../group-by.ts";
import { requireWhole } from "../../range.ts";
import { bareText } from "../../text/normalize.ts";
import type { MatchResult } from "../ask/match.ts";
import { matchEach } from "../ask/match-each.ts";
import { searchableIndex, type Searchable } from "../ask/searchable.ts";
import type { Generation } from "../live-index.ts";
import { loopReader, type LoopReader } from "./reader.ts";

/** Settings of {@link gaps}. */
export interface GapsOptions {
  /** Questions that were asked from then on. Default: all that the log has. */
  since?: Date;
  /** Groups, 1 to 10,000, default 20. */
  limit?: number;
  /** Different questions to ask again, the most asked first: 1 to 100,000, default 2,000. */
  questions?: number;
  /** Threads that compare. */
  threads?: number | undefined;
  signal?: AbortSignal;
}

/** A row near to a gap. */
export interface GapRow {
  readonly key: Key;
  readonly text: string;
  /** Cosine, in [-1, 1]. */
  readonly similarity: number;
}

/** Questions that mean the same and have no sure answer. */
export interface Gap {
  /** The most asked of them. */
  readonly question: string;
  /** Times that one of them was asked. */
  readonly asked: number;
  readonly last: Date;
  /** The decision of `match` on `question` now; `answer`: with a row that voters found unhelpful. */
  readonly decision: Decision;
  /** Chance that the first of the nearest rows is right; null without one, or without a judge. */
  readonly chance: number | null;
  /** The most asked first. */
  readonly questions: readonly { readonly question: string; readonly asked: number }[];
  /** The nearest rows now. */
  readonly nearest: readonly GapRow[];
  /** The row that most voters took; null where none did. */
  readonly chosen: Key | null;
}

/** What {@link gaps} found. */
export interface GapsResult {
  readonly index: string;
  /** Different questions that had no sure answer when they were asked, and how many of them were read. */
  readonly questions: number;
  readonly lookedAt: number;
  /** Of these, those that are answered by now. */
  readonly answeredNow: number;
  /** All groups, those beyond the limit too. */
  readonly groups: number;
  /** The most wanted first. */
  readonly gaps: readonly Gap[];
}

/** Rows that are shown of a gap. */
const NEAREST = 3;

/**
 * Groups the logged questions that the index answers badly, the most wanted first. They had no answer, a narrow one, or
 * one that did not help; each group means the same and has the rows that are nearest now. Questions that are answered
 * by now, were dismissed or are in a draft are left out. Writes nothing but the log's own days.
 *
 * Costs one `match` for each different question: some milliseconds.
 * @throws {LtdError} "usage" for a number out of range
 */
export async function gaps(database: Database, generation: Generation, options: GapsOptions = {}): Promise<GapsResult> {
  await requireSchema(database);
  return findGaps(loopReader(database, generation.record), searchableIndex(database, generation), options);
}

/** The same of what `reader` has, asked again of `searchable`. */
export async function findGaps(
  reader: LoopReader,
  searchable: Searchable,
  options: GapsOptions = {},
): Promise<GapsResult> {
  const { since = null, limit = 20, questions: most = 2_000, threads, signal } = options;
  requireWhole("limit", limit, 1, 10_000);
  requireWhole("questions", most, 1, 100_000);
  const { embedder } = searchable;
  await reader.tend();
  const rows = await reader.gapQuestions(since, most);
  const asked = byWording(rows);
  for (const { action, wordings } of await reader.curations({ standing: true }))
    if (action === "draft" || action === "dismiss") for (const wording of wordings) asked.delete(wording);
  const open: (GapQuestion & { readonly now: MatchResult })[] = [];
  const how = { limit: NEAREST, ...(signal && { signal }) };
  for await (const [question, now] of matchEach(searchable, [...asked.values()], how))
    if (isOpen(question, now)) open.push({ ...question, now });
  open.sort((a, b) => b.asked - a.asked || b.last.getTime() - a.last.getTime());
  const vectors = await embedder.embed(
    open.map(({ question }) => question),
    signal && { signal },
  );
  const product = await openMatrixProduct(threads);
  try {
    // what is near enough to be suggested for another question is asked for together with it
    const threshold = embedder.model.description.thresholds.suggest;
    const { survivors } = await findDuplicates(vectors, product.multiply, { threshold, signal });
    const found = [...groupBy(survivors.keys(), (row) => survivors[row]!).values()]
      .map((group) => gapOf(group.map((row) => open[row]!)))
      .sort((a, b) => b.asked - a.asked || b.last.getTime() - a.last.getTime());
    return {
      index: reader.name,
      questions: rows[0]?.total ?? 0,
      lookedAt: rows.length,
      answeredNow: asked.size - open.length,
      groups: found.length,
      gaps: found.slice(0, limit),
    };
  } finally {
    await product.close();
  }
}

/** Spellings of one question together, under its letters and digits. What has none is left out: it means nothing. */
function byWording(rows: readonly GapQuestion[]): Map<string, GapQuestion> {
  const found = new Map<string, GapQuestion>();
  for (const row of rows) {
    const wording = bareText(row.question);
    if (wording === "") continue;
    const same = found.get(wording);
    found.set(wording, same === undefined ? row : { ...same, asked: same.asked + row.asked });
  }
  return found;
}

/** Whether a question still has no answer, or one that voters were not helped by. */
function isOpen({ against, chosen }: GapQuestion, { decision, answers: [first] }: MatchResult): boolean {
  if (decision !== "answer" || first === undefined) return true;
  const votes = (some: GapQuestion["against"]) => some.find(([key]) => keyId(key) === keyId(first.key))?.[1] ?? 0;
  // an alias was given by a curator, who has the last word
  return first.found !== "alias" && votes(against) > votes(chosen);
}

function gapOf(group: readonly (GapQuestion & { readonly now: MatchResult })[]): Gap {
  const [{ question, now, chosen }] = group as [(typeof group)[number]];
  const last = Math.max(...group.map((each) => each.last.getTime()));
  return {
    question,
    asked: group.reduce((sum, each) => sum + each.asked, 0),
    last: new Date(last),
    decision: now.decision,
    chance: now.chance,
    questions: group.map((each) => ({ question: each.question, asked: each.asked })),
    nearest: now.answers.map(({ key, text, similarity }) => ({ key, text, similarity })),
    chosen: chosen[0]?.[0] ?? null,
  };
}
