import type { ClassifierRecord } from "../../db/results/classifier.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import type { Embedder } from "../../embed/embedder.ts";
import { LtdError } from "../../errors.ts";
import { predict, type Prediction } from "../../judge/classifier.ts";
import { rowOf } from "../../vector/matrix.ts";
import { classInputs } from "./class-inputs.ts";

/** A text and what a classifier says of it. */
export interface ClassifiedText extends Prediction {
  readonly text: string;
}

/**
 * The classes of texts that need not be in the index.
 *
 * @throws LtdError "index" for a classifier of another generation than the live one
 * @example
 * const database = await openDatabase();
 * const embedder = await createEmbedder();
 * const classifier = await getClassifier(database, "intents");
 * const [first] = await classifyTexts(classifier, await getIndex(database, "faq"), embedder, ["我要退款"]);
 */
export async function classifyTexts(
  record: ClassifierRecord,
  index: IndexRecord,
  embedder: Embedder,
  texts: readonly string[],
): Promise<ClassifiedText[]> {
  requireLive(record, index);
  const { vectors, lexemes: words } = await classInputs(embedder, texts);
  return texts.map((text, row) => ({ text, ...predict(record, rowOf(vectors, row), words[row]) }));
}

function requireLive({ name, indexId }: ClassifierRecord, index: IndexRecord): void {
  if (indexId === index.id) return;
  throw new LtdError("index", `the classifier ${name} is of another generation of ${index.name}`, {
    hint: `ltd-index sync ${index.name} trains it again`,
  });
}
