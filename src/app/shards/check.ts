import type { LabelledQuestion } from "../../judge/labelled-questions.ts";
import { checkAsked, type CheckOptions, type CheckResult } from "../loop/check.ts";
import { searchableFront } from "./ask.ts";
import { allOf, onEachGeneration } from "./each.ts";
import type { Front } from "./front.ts";

/** Asks golden questions of all shards, which must all answer: see `check`. The generation is that of the first. */
export function checkFront(
  front: Front,
  questions: readonly LabelledQuestion[],
  options: CheckOptions,
): Promise<CheckResult> {
  const { name, shards } = front;
  return front.read(async (state) => {
    const records = allOf(await onEachGeneration(shards, state.fingerprint, (_, record) => Promise.resolve(record)));
    const { generation, modelId: model } = records[0]!;
    const searchable = searchableFront(front, state, { needsAll: true });
    return checkAsked({ index: name, generation, model }, searchable, questions, options);
  });
}
