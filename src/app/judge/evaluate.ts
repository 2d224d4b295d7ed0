import type { Embedder } from "../../embed/embedder.ts";
import { bootstrap } from "../../judge/interval.ts";
import type { Labelled, LabelledTexts } from "../../judge/labelled.ts";
import { requireWhole } from "../../range.ts";
import { Random } from "../../vector/random.ts";
import { measureClasses, measureFaq, measurePairs, type Score } from "./evaluate-measures.ts";
import { EvaluatedTexts } from "./evaluated-texts.ts";

/** What {@link evaluate} found. */
export interface EvaluateResult {
  readonly kind: Labelled["kind"];
  readonly model: string;
  /** Pairs, questions or texts that were measured. */
  readonly units: number;
  /** Texts without a letter or digit: they have no vector, and are like nothing. */
  readonly empty: number;
  /** How it was measured, in a sentence. */
  readonly about: string;
  readonly scores: readonly Score[];
}

/** Settings of {@link evaluate}. */
export interface EvaluateOptions {
  /** Labelled texts to train on, for classes; default: five folds of the texts themselves. */
  train?: LabelledTexts;
  /** Drawings of the bootstrap, 0 to 10,000; default 200. */
  samples?: number;
  /** Default 1. */
  seed?: number;
  signal?: AbortSignal;
}

/**
 * Measures a model on labelled data, beside controls that need no training.
 *
 * Pairs: Spearman's correlation of cosine and label, and the area under the ROC curve where there are two labels. FAQ:
 * how often the right row is the first (R@1), and the mean reciprocal rank (MRR@10). Classes: accuracy of a logistic
 * regression (C = 10) on the vectors, and V-measure of k-means with as many clusters, mean of three seeds (left out for
 * a control that would take more than 200 MB). The definitions are those of distill/scores.py.
 *
 * Costs one embedding a text; questions times rows times D multiplications for an FAQ.
 *
 * @example
 * const embedder = await createEmbedder();
 * const { scores } = await evaluate(embedder, await readLabelledFile("pairs.tsv"));
 */
export async function evaluate(
  embedder: Embedder,
  labelled: Labelled,
  options: EvaluateOptions = {},
): Promise<EvaluateResult> {
  const { samples = 200, seed = 1, signal } = options;
  requireWhole("samples", samples, 0, 10_000);
  const texts = new EvaluatedTexts(embedder, signal);
  const measures =
    labelled.kind === "pairs"
      ? await measurePairs(texts, labelled)
      : labelled.kind === "faq"
        ? await measureFaq(texts, labelled)
        : await measureClasses(texts, labelled, options.train, new Random(seed));
  const scores = measures.measured.map(({ system, measure, score }) => {
    signal?.throwIfAborted();
    // a text that is drawn twice is always with itself: resampled V-measures are too high
    const drawings = measure === "V-measure" ? 0 : samples;
    return { system, measure, ...bootstrap(measures.units, score, new Random(seed), drawings) };
  });
  const { units, about } = measures;
  return { kind: labelled.kind, model: texts.system, units, empty: texts.empty, about, scores };
}
