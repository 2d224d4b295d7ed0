/** Tokens of bert-base-chinese: the size of the word embedding. */
export const VOCABULARY = 21_128;

/**
 * A `tokenizer.json` for encoders with random weights: the ideographs U+4E00 to U+9FFF, punctuation, and names that never occur up to
 * {@link VOCABULARY}. A run of Latin letters or digits is one unknown token: never more tokens than with the vocabulary of a real model.
 */
export function tokenizer() {
  const range = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, at) => String.fromCodePoint(from + at));
  const tokens = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    ...Array.from("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~，。？！、；：“”‘’（）《》"),
    ...range(0x4e00, 0x9fff),
  ];
  for (let at = tokens.length; at < VOCABULARY; at++) tokens.push(`[unused${at}]`);
  return {
    normalizer: { type: "BertNormalizer", lowercase: true, strip_accents: null },
    pre_tokenizer: { type: "BertPreTokenizer" },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
    },
  };
}
