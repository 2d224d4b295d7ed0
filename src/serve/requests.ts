import * as v from "valibot";

/** Bounds of one request: what a caller may ask for at once. */
const MOST_QUESTIONS = 256;
const MOST_CHARACTERS = 10_000;

const text = v.pipe(v.string(), v.maxLength(MOST_CHARACTERS));
const limit = v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100)));
const index = v.optional(
  v.pipe(v.string(), v.nonEmpty(), v.description("Name of an index; may be left out where one is served.")),
);
const key = v.union([v.string(), v.number()]);

/** `POST /v1/match` */
export const matchRequest = v.strictObject({
  index,
  question: v.pipe(
    v.union([text, v.pipe(v.array(text), v.maxLength(MOST_QUESTIONS))]),
    v.description("One, or a list."),
  ),
  limit,
});

/** `POST /v1/search` */
export const searchRequest = v.strictObject({ index, question: text, limit });

/** `POST /v1/similar` */
export const similarRequest = v.strictObject({
  index,
  key: v.pipe(v.union([key, v.array(key)]), v.description("Key of a row; a list for a key of several columns.")),
  limit,
});

/** `POST /v1/embed` */
export const embedRequest = v.strictObject({
  index,
  texts: v.pipe(v.array(text), v.minLength(1), v.maxLength(MOST_QUESTIONS)),
});

/** `POST /v1/embeddings`, as OpenAI's API has it: https://platform.openai.com/docs/api-reference/embeddings */
export const embeddingsRequest = v.object({
  input: v.union([text, v.pipe(v.array(text), v.minLength(1), v.maxLength(MOST_QUESTIONS))]),
  model: v.optional(v.string()),
  encoding_format: v.optional(v.picklist(["float", "base64"])),
});
