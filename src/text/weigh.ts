/**
 * Inverse document frequency of a word in `documentFrequency` of `documents` documents, at least 1. It is ln((1 + N) /
 * (1 + df)) + 1. A word that was never seen (df = 0) gets the largest value.
 *
 * Source: Salton & Buckley 1988, with the add-one smoothing that scikit-learn made common.
 */
export function inverseDocumentFrequency(documents: number, documentFrequency: number): number {
  return Math.log((1 + documents) / (1 + documentFrequency)) + 1;
}

/**
 * Weight of each character of a word. It is the word's IDF over its length in characters, plus `smoothing`.
 * @param counted characters that `smoothing` is added for; of more, each gets its share. A Latin word counts as two: to
 *   its meaning, its
 *   letters are no more than two ideographs are
 */
export function characterWeight(idf: number, length: number, smoothing: number, counted = length): number {
  return (idf + smoothing * Math.min(length, counted)) / length;
}

/**
 * Weights of the characters of a sentence, which sum to 1. Each is that of its word's characters, divided by the sum
 * over the sentence.
 * @param lengths characters of each word, as far as the word is kept (a cut sentence may end inside a word)
 * @param each {@link characterWeight} of each word
 * @returns one weight a kept character, in order; length is the sum of `lengths`
 */
export function weighCharacters(lengths: readonly number[], each: readonly number[]): Float32Array {
  let characters = 0;
  let sum = 0;
  for (let i = 0; i < lengths.length; i++) {
    characters += lengths[i]!;
    sum += lengths[i]! * each[i]!;
  }
  const weights = new Float32Array(characters);
  let at = 0;
  for (let i = 0; i < lengths.length; i++) {
    weights.fill(each[i]! / sum, at, at + lengths[i]!);
    at += lengths[i]!;
  }
  return weights;
}
