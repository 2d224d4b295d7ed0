import { mkdir, readFile, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { createEmbedder, withEmbedder, type Embedder } from "../../embed/embedder.ts";
import { renameJudge } from "../../judge/chance/judge-file.ts";
import { checksumOf, loadModel, type ModelDescription, type ModelPackage } from "../../embed/model-package.ts";
import { withAdapter } from "../../embed/onnx-adapter.ts";
import { LtdError } from "../../errors.ts";
import { trainAdapter, type VectorPairs } from "../../judge/adapter.ts";
import type { Labelled, LabelledPairs } from "../../judge/labelled.ts";
import { sha256 } from "../../checksum.ts";
import { requireWhole } from "../../range.ts";
import { Random } from "../../vector/random.ts";
import { evaluate } from "./evaluate.ts";
import type { Score } from "./evaluate-measures.ts";

/** Settings of {@link tune}. */
export interface TuneOptions {
  /** Id of the tuned model: lower case letters, digits, `.` and `-`. */
  id: string;
  /** Folder to write, which must not be there yet. */
  out: string;
  /** Directions that may change, 1 to 512; default 32. More can learn more and forget more. */
  rank?: number;
  /** Passes over the pairs at most, 1 to 1,000; default 15. */
  epochs?: number;
  seed?: number;
  /** Other labelled data, by name, to see what is lost there. */
  checks?: ReadonlyMap<string, Labelled>;
  onEpoch?: (epoch: number, score: number) => void;
  signal?: AbortSignal;
}

/** A number before and after. */
export interface TunedScore {
  /** "held out", or the name of a check. */
  readonly data: string;
  readonly measure: Score["measure"];
  readonly before: number;
  readonly after: number;
}

/** What {@link tune} did. */
export interface TuneResult {
  readonly model: string;
  readonly from: string;
  readonly folder: string;
  /** Pairs that it was trained with, that told when to stop, and that were held out. */
  readonly pairs: { readonly trained: number; readonly stopping: number; readonly heldOut: number };
  readonly scores: readonly TunedScore[];
  readonly seconds: number;
}

/** Fewer pairs cannot be split in three. */
const FEWEST = 30;

/**
 * Fits a model to labelled pairs and writes a new model package. Learns a small linear change of its vectors (see
 * `trainAdapter`) and puts it behind the last layer. A fifth of the pairs is held out for the scores, a tenth tells
 * when to stop; pairs that share their first text stay together.
 *
 * Seconds for some thousand pairs: embedding, and 12 N D R multiplications a pass. Rows are not embedded: build a
 * generation for that.
 * @throws LtdError "input" for fewer than 30 pairs, "usage" for an id or folder that cannot be, "model" for a model
 *   that is tuned already
 * @example
 * const pairs = await readLabelledFile("pairs.tsv");
 * if (pairs.kind === "pairs") await tune(await loadModel(), pairs, { id: "my-faq", out: "my-faq" });
 */
export async function tune(base: ModelPackage, pairs: LabelledPairs, options: TuneOptions): Promise<TuneResult> {
  const started = performance.now();
  const { id, rank = 32, epochs = 15, seed = 1, checks = new Map<string, Labelled>(), signal } = options;
  const out = resolve(options.out);
  if (!/^[a-z0-9][a-z0-9.-]*$/.test(id) || id === base.description.id)
    throw new LtdError("usage", `a tuned model cannot be called ${JSON.stringify(id)}`, {
      hint: "use lower case letters, digits, . and -, but not the id of the original model",
    });
  if (existsSync(out))
    throw new LtdError("usage", `${out} already exists`, { hint: "name a folder that does not exist yet" });
  requireWhole("rank", rank, 1, 512);
  requireWhole("epochs", epochs, 1, 1000);
  const [trained, stopping, heldOut] = split(pairs, new Random(seed));
  if (pairs.labels.length < FEWEST || heldOut.labels.length === 0 || stopping.labels.length === 0)
    throw new LtdError("input", `${pairs.labels.length} pairs are too few to tune with`, {
      hint: `some hundred are a start; at least ${FEWEST} with different first texts are needed`,
    });
  if ([trained, stopping, heldOut].some(({ labels }) => new Set(labels).size < 2))
    throw new LtdError(
      "input",
      `${pairs.labels.length} pairs cannot be split so that each part has two different labels`,
      {
        hint: "give more pairs of the rarer label, or with more different first texts",
      },
    );
  return withEmbedder(createEmbedder({ model: base, threads: 2 }), async (embedder) => {
    const adapter = trainAdapter(await vectorsOf(embedder, trained), await vectorsOf(embedder, stopping), {
      rank,
      epochs,
      random: new Random(seed),
      onEpoch: (epoch, score) => {
        signal?.throwIfAborted();
        options.onEpoch?.(epoch, score);
      },
    });
    await writeTuned(base, id, out, withAdapter(base.graph, adapter.down, adapter.up), trained.labels.length);
    const tuned = await loadModel(out);
    const data = new Map<string, Labelled>([["held out", heldOut], ...checks]);
    const scores = await withEmbedder(createEmbedder({ model: tuned, threads: 2 }), async (after) => {
      const found: TunedScore[] = [];
      for (const [name, labelled] of data) {
        const [first, second] = [await measure(embedder, labelled), await measure(after, labelled)];
        for (const [measureName, value] of first)
          found.push({ data: name, measure: measureName, before: value, after: second.get(measureName)! });
      }
      return found;
    });
    const { length } = trained.labels;
    return {
      model: id,
      from: base.description.id,
      folder: out,
      pairs: { trained: length, stopping: stopping.labels.length, heldOut: heldOut.labels.length },
      scores,
      seconds: (performance.now() - started) / 1000,
    };
  });
}

async function measure(embedder: Embedder, labelled: Labelled): Promise<Map<Score["measure"], number>> {
  const { model, scores } = await evaluate(embedder, labelled, { samples: 0 });
  return new Map(scores.filter(({ system }) => system === model).map(({ measure: name, value }) => [name, value]));
}

async function vectorsOf(embedder: Embedder, { first, second, labels }: LabelledPairs): Promise<VectorPairs> {
  const [a, b] = [await embedder.embed(first), await embedder.embed(second)];
  // a text without a letter or digit is like nothing
  for (const { data } of [a, b]) data.forEach((value, at) => (data[at] = value || 0));
  return { first: a, second: b, labels };
}

/** Seven, one and two tenths. Pairs of the same first text stay together. */
function split(pairs: LabelledPairs, random: Random): [LabelledPairs, LabelledPairs, LabelledPairs] {
  const tenths = new Map(random.shuffled([...new Set(pairs.first)]).map((text, at) => [text, at % 10]));
  const part = (isIn: (tenth: number) => boolean): LabelledPairs => {
    const rows = [...pairs.labels.keys()].filter((row) => isIn(tenths.get(pairs.first[row]!)!));
    return {
      kind: "pairs",
      first: rows.map((row) => pairs.first[row]!),
      second: rows.map((row) => pairs.second[row]!),
      labels: rows.map((row) => pairs.labels[row]!),
    };
  };
  return [part((tenth) => tenth < 7), part((tenth) => tenth === 7), part((tenth) => tenth > 7)];
}

async function writeTuned(base: ModelPackage, id: string, out: string, graph: Buffer, pairs: number): Promise<void> {
  const { checksum: _checksum, ...description } = base.description;
  const tuned: Omit<ModelDescription, "checksum"> = {
    ...description,
    id,
    description: `${description.description}; tuned for ${pairs} labelled pairs`,
    scores: {},
    files: { ...description.files, "student.onnx": { bytes: graph.length, sha256: sha256(graph) } },
  };
  await mkdir(out, { recursive: true });
  for (const name of ["chars.txt", "words.tsv.gz"])
    await writeFile(join(out, name), await readFile(join(base.folder, name)));
  await writeFile(join(out, "student.onnx"), graph);
  if (base.judge !== undefined) await writeFile(join(out, "judge.json"), renameJudge(base.judge, id));
  const complete: ModelDescription = { ...tuned, checksum: checksumOf(tuned) };
  await writeFile(join(out, "model.json"), `${JSON.stringify(complete, undefined, 2)}\n`);
}
