import { createEmbedder, createMatrix } from "../../src/index.ts";
import { padBatch } from "../../src/embed/batch.ts";
import { copyOut, openSession, toFeeds } from "../../src/embed/session.ts";
import { lookUp } from "../../src/text/encode.ts";
import { exactTokens } from "../../src/text/exact-token.ts";
import { hasMeaning, normalize } from "../../src/text/normalize.ts";
import { segment } from "../../src/text/segment.ts";
import { weighCharacters } from "../../src/text/weigh.ts";
import { median } from "../shared/ratio.ts";
import { startClock, type Span } from "../shared/clock.ts";

/** Steps from a string to its vector, in order; and the whole way as a user has it, `embed`. */
const STEPS = ["normalize", "segment", "find tokens", "look up", "weigh", "pad", "run", "copy out", "embed"] as const;

/** Time of each step for one text, in seconds, medians over the repetitions. `embed` is a measurement of its own, not a sum. */
export type Profile = Record<(typeof STEPS)[number], Span>;

const REPETITIONS = 15;

const tokensOf = ({ text, normalized }: { text: string; normalized: string }) => exactTokens(text, normalized);
const spell = (text: string) => ({ text, normalized: normalize(text) });

/**
 * Takes the pipeline of a student apart: every step does all texts, then the next one. The steps and `embed` take turns.
 *
 * @param batch texts that run through the network together
 * @param seconds to go on for at least, beyond {@link REPETITIONS}
 */
export async function measureProfile(
  model: string,
  batch: number,
  texts: readonly string[],
  seconds: number,
): Promise<Profile> {
  const embedder = await createEmbedder({ model, threads: 1, batchSize: batch });
  const session = await openSession(embedder.model.graph);
  try {
    const { tables, description } = embedder.model;
    const options = { tables, ...description.text };
    const groups = <T>(items: readonly T[]): T[][] =>
      Array.from({ length: Math.ceil(items.length / batch) }, (_, at) => items.slice(at * batch, (at + 1) * batch));
    const spans = Object.fromEntries(STEPS.map((step) => [step, [] as Span[]])) as Record<keyof Profile, Span[]>;
    async function timed<T>(step: keyof Profile, work: () => T | Promise<T>): Promise<T> {
      const clock = startClock();
      const result = await work();
      const span = clock();
      spans[step].push({ seconds: span.seconds / texts.length, cpuSeconds: span.cpuSeconds / texts.length });
      return result;
    }

    const started = performance.now();
    for (let at = 0; at < REPETITIONS || performance.now() - started < seconds * 1000; at++) {
      const read = await timed("normalize", () => texts.map(spell).filter(({ normalized }) => hasMeaning(normalized)));
      const cut = await timed("segment", () => read.map(({ normalized }) => segment(normalized, tables.words)));
      const tokens = await timed("find tokens", () => read.map(tokensOf));
      const looked = await timed("look up", () => cut.map((each) => lookUp(each, options)));
      const weights = await timed("weigh", () =>
        looked.map(({ kept, characterWeights }) => weighCharacters(kept, characterWeights)),
      );
      const inputs = looked.map((l, n) => ({ ...l, weights: weights[n]!, words: cut[n]!, tokens: tokens[n]! }));
      const feeds = await timed("pad", () => groups(inputs).map((each) => toFeeds(padBatch(each))));
      const outputs = await timed("run", async () => {
        const results = [];
        for (const each of feeds) results.push(await session.run(each));
        return results;
      });
      await timed("copy out", () => {
        const { data } = createMatrix(inputs.length, embedder.dims);
        outputs.forEach((output, group) => data.set(copyOut(output), group * batch * embedder.dims));
      });
      await timed("embed", async () => {
        for (const each of groups(texts)) await embedder.embed(each);
      });
    }
    const middle = (step: keyof Profile, unit: keyof Span) => median(spans[step].map((span) => span[unit]));
    return Object.fromEntries(
      STEPS.map((step) => [step, { seconds: middle(step, "seconds"), cpuSeconds: middle(step, "cpuSeconds") }]),
    ) as Profile;
  } finally {
    await session.release();
    await embedder.close();
  }
}
