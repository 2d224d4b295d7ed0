import type { WordRow } from "../../text/word-columns.ts";

/** Least number of times that a pair of neighbours must occur in the corpus. */
const MIN_COUNT = 50;
/**
 * Normalised pointwise mutual information of two neighbours. It is 0 for neighbours by chance, 1 for those never seen
 * apart.
 */
const MIN_COHESION = 0.5;
/** Least entropy, in nats, of the characters before and behind. A word has many neighbours, a part of one few. */
const MIN_FREEDOM = 1.6;
const MAX_CHARACTERS = 4;

const HAN = /^\p{Script=Han}+$/u;

interface Candidate {
  parts: [string, string];
  count: number;
  before: Map<string, number>;
  behind: Map<string, number>;
}

/**
 * Finds words that a dictionary lacks (花呗, 微粒贷). They are neighbours that it cuts apart, one of them a single
 * character, but that hold together and stand freely.
 * @param sentences gives the corpus, cut into words, from the start at each call
 * @returns the words with a frequency that lets the maximum-probability cut choose them over their parts
 * Source: cohesion and boundary entropy, the usual measures of Chinese word discovery.
 */
export async function discoverWords(
  sentences: () => AsyncIterable<string[]>,
  dictionary: readonly WordRow[],
): Promise<WordRow[]> {
  const singles = new Map<string, number>();
  const pairs = new Map<string, number>();
  let words = 0;
  for await (const sentence of sentences()) {
    words += sentence.length;
    for (const [at, word] of sentence.entries()) {
      increment(singles, word);
      const next = sentence[at + 1];
      if (next !== undefined && canJoin(word, next)) increment(pairs, `${word} ${next}`);
    }
  }
  const known = new Set(dictionary.map((row) => row.word));
  const candidates = new Map<string, Candidate>();
  for (const [pair, count] of pairs) {
    if (count < MIN_COUNT) continue;
    const [a, b] = pair.split(" ") as [string, string];
    const cohesion = Math.log((words * count) / (singles.get(a)! * singles.get(b)!)) / Math.log(words / count);
    if (cohesion >= MIN_COHESION && !known.has(a + b)) {
      candidates.set(pair, { parts: [a, b], count, before: new Map(), behind: new Map() });
    }
  }
  pairs.clear();
  for await (const sentence of sentences()) {
    for (let at = 0; at + 1 < sentence.length; at++) {
      const candidate = candidates.get(`${sentence[at]} ${sentence[at + 1]}`);
      // The edge of a sentence is a place of its own each time.
      if (candidate === undefined) continue;
      increment(candidate.before, sentence[at - 1] ?? `^${candidate.before.size}`);
      increment(candidate.behind, sentence[at + 2] ?? `$${candidate.behind.size}`);
    }
  }
  const total = dictionary.reduce((sum, row) => sum + row.frequency, 0);
  const frequencies = new Map(dictionary.map((row) => [row.word, row.frequency]));
  const found = new Map<string, WordRow>();
  for (const { parts, count, before, behind } of candidates.values()) {
    if (Math.min(entropy(before), entropy(behind)) < MIN_FREEDOM) continue;
    const [a, b] = parts;
    const split = ((frequencies.get(a) || 1) / total) * ((frequencies.get(b) || 1) / total) * total;
    const frequency = Math.max(count, Math.ceil(split) + 1);
    const twin = found.get(a + b);
    found.set(a + b, { word: a + b, frequency: Math.max(frequency, twin?.frequency ?? 0), documentFrequency: 0 });
  }
  return [...found.values()];
}

function canJoin(a: string, b: string): boolean {
  return (a.length === 1 || b.length === 1) && a.length + b.length <= MAX_CHARACTERS && HAN.test(a) && HAN.test(b);
}

function entropy(counts: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const count of counts.values()) total += count;
  let sum = 0;
  for (const count of counts.values()) sum -= (count / total) * Math.log(count / total);
  return sum;
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
