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

/** Body of `POST /v1/embeddings`, as in OpenAI's API. See https://platform.openai.com/docs/api-reference/embeddings */
export const embeddingsRequest = v.object({
  input: v.union([text, v.pipe(v.array(text), v.minLength(1), v.maxLength(MOST_QUESTIONS))]),
  model: v.optional(v.string()),
  encoding_format: v.optional(v.picklist(["float", "base64"])),
});

const rowKey = v.pipe(
  v.union([key, v.array(key)]),
  v.description("Key of a row; a list for a key of several columns."),
);
const questions = v.pipe(v.array(text), v.minLength(1), v.maxLength(MOST_QUESTIONS));
const by = v.optional(
  v.pipe(v.string(), v.nonEmpty(), v.maxLength(200), v.description("Who does it, for the journal.")),
);
const origin = v.optional(v.picklist(["gaps"]));

/** `POST /v1/feedback` */
export const feedbackRequest = v.strictObject({
  index,
  questionId: v.pipe(v.string(), v.uuid(), v.description("questionId of the answer.")),
  helped: v.boolean(),
  chosen: v.optional(rowKey),
  voter: v.pipe(v.string(), v.nonEmpty(), v.maxLength(200), v.description("Who votes: a pseudonym.")),
});

/** `POST /v1/gaps` */
export const gapsRequest = v.strictObject({
  index,
  since: v.optional(v.pipe(v.string(), v.isoTimestamp())),
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000))),
});

/** `POST /v1/accept` and `POST /v1/reject` */
export const curateRequest = v.strictObject({ index, key: rowKey, questions, by, origin });

/** `POST /v1/set-aside` */
export const setAsideRequest = v.strictObject({
  index,
  action: v.picklist(["draft", "dismiss"]),
  questions,
  by,
  origin,
});

/** `POST /v1/undo` */
export const undoRequest = v.strictObject({
  index,
  id: v.optional(v.pipe(v.string(), v.description("Line of the journal; left out: the last one that stands."))),
  by,
});
