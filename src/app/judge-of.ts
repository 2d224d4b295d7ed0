import { join } from "node:path";
import type { ModelPackage } from "../embed/model-package.ts";
import { openWordVectors } from "../embed/student-weights.ts";
import { parseJudge } from "../judge/chance/judge-file.ts";
import type { Judge } from "../judge/chance/judge.ts";
import type { Lexicon } from "../judge/chance/lexicon.ts";
import type { Knowledge } from "../judge/chance/reading.ts";
import { segment } from "../text/segment.ts";
import { idfOf, UNKNOWN_ID, wordId } from "../text/tables.ts";

const known = new WeakMap<ModelPackage, Judge>();

/**
 * The judge of a model; undefined where its package has none, and decides by fixed similarities.
 *
 * Costs some 20 ms for the first call with a package, nothing after that.
 *
 * @throws {LtdError} "model" for a judge that is damaged, or another model's
 */
export function judgeOf(model: ModelPackage): Judge | undefined {
  if (model.judge === undefined || known.has(model)) return known.get(model);
  const judge = parseJudge(model.judge, model.description.id, join(model.folder, "judge.json"));
  const opened = { ...judge, knowledge: knowledgeOf(model, judge.lexicon) };
  known.set(model, opened);
  return opened;
}

/**
 * What a judge looks up: words and their weights as the model ships them. Weights of an index are left out, so that
 * they do not move its chances.
 */
export function knowledgeOf(model: ModelPackage, lexicon: Lexicon): Knowledge {
  const { tables } = model;
  const vectors = openWordVectors(model);
  return {
    lexicon,
    cut: (normalized) => segment(normalized, tables.words),
    idf: (word) => idfOf(word, tables) ?? tables.unknownIdf,
    vector: (word) => {
      const id = wordId(tables.words.find(word), tables);
      return id === UNKNOWN_ID ? undefined : vectors(id);
    },
  };
}
