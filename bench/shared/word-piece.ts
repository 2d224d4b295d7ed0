import * as v from "valibot";

/** What is read of a Hugging Face `tokenizer.json`: BERT's normaliser and WordPiece. */
const tokenizerSchema = v.object({
  normalizer: v.object({
    type: v.literal("BertNormalizer"),
    lowercase: v.boolean(),
    strip_accents: v.nullable(v.boolean()),
  }),
  pre_tokenizer: v.object({ type: v.literal("BertPreTokenizer") }),
  model: v.object({
    unk_token: v.string(),
    continuing_subword_prefix: v.string(),
    max_input_chars_per_word: v.pipe(v.number(), v.integer()),
    vocab: v.record(v.string(), v.pipe(v.number(), v.integer())),
  }),
});

/** Positions that BERT has. */
const MAX_TOKENS = 512;
/** The ideographs that BERT takes one by one. */
const IDEOGRAPHS =
  "\\u4e00-\\u9fff\\u3400-\\u4dbf\\uf900-\\ufaff\\u{20000}-\\u{2a6df}\\u{2a700}-\\u{2ceaf}\\u{2f800}-\\u{2fa1f}";
const PUNCTUATION = "\\p{P}!-\\/:-@\\[-`\\{-~";
/** An ideograph, a punctuation mark, or a run of anything else but white space. */
const WORD = new RegExp(`[${IDEOGRAPHS}${PUNCTUATION}]|[^\\s${IDEOGRAPHS}${PUNCTUATION}]+`, "gu");

/**
 * Text to token ids between [CLS] and [SEP], at most 512 (Devlin et al. 2019, appendix A.2): greedy, the longest piece first.
 *
 * @param json a parsed `tokenizer.json`; whether Latin is lower-cased is said there
 */
export function createWordPiece(json: unknown): (text: string) => number[] {
  const { normalizer, model } = v.parse(tokenizerSchema, json);
  const vocabulary = new Map(Object.entries(model.vocab));
  const idOf = (token: string): number => {
    const id = vocabulary.get(token);
    if (id === undefined) throw new Error(`the tokenizer has no ${token}`);
    return id;
  };
  const [first, last, unknown] = [idOf("[CLS]"), idOf("[SEP]"), idOf(model.unk_token)];
  const stripAccents = normalizer.strip_accents ?? normalizer.lowercase;

  const normalize = (text: string): string => {
    let result = text.replace(/[\t\n\r]/g, " ").replace(/[\p{C}\ufffd]/gu, "");
    if (stripAccents) result = result.normalize("NFD").replace(/\p{Mn}/gu, "");
    return normalizer.lowercase ? result.toLowerCase() : result;
  };
  const pieces = (word: string): number[] => {
    const whole = vocabulary.get(word);
    if (whole !== undefined) return [whole];
    const characters = Array.from(word);
    if (characters.length > model.max_input_chars_per_word) return [unknown];
    const ids: number[] = [];
    for (let start = 0; start < characters.length;) {
      let end = characters.length;
      let id: number | undefined;
      for (; end > start && id === undefined; end--) {
        const piece = characters.slice(start, end).join("");
        id = vocabulary.get(start === 0 ? piece : model.continuing_subword_prefix + piece);
      }
      if (id === undefined) return [unknown];
      ids.push(id);
      start = end + 1;
    }
    return ids;
  };
  return (text) => {
    const ids = (normalize(text).match(WORD) ?? []).flatMap(pieces);
    return [first, ...ids.slice(0, MAX_TOKENS - 2), last];
  };
}
