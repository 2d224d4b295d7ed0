import * as v from "valibot";
import { sha256OfJson } from "../../checksum.ts";
import { LtdError } from "../../errors.ts";
import { FEATURES } from "./feature.ts";
import { isTree, type Forest } from "./forest.ts";
import { parseLexicon, type Lexicon } from "./lexicon.ts";

/** Version of the file that this program reads. */
const JUDGE_FORMAT = 1;

/** A judge that was read: how a model's candidates become a chance. */
export interface JudgeFile extends Forest {
  /** Id of the model whose similarities it was fitted to. */
  readonly model: string;
  readonly lexicon: Lexicon;
  /** The lexicon as it is written, an entry a line. */
  readonly lexiconLines: readonly string[];
  /** Chances from which a first row is an answer, and worth a suggestion. */
  readonly thresholds: { readonly answer: number; readonly suggest: number };
  readonly checksum: string;
}

const chance = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const numbers = v.array(v.number());
const whole = v.array(v.pipe(v.number(), v.safeInteger()));
const schema = v.strictObject({
  format: v.literal(JUDGE_FORMAT),
  model: v.string(),
  /** Names, in the order in which trees count them. */
  features: v.array(v.string()),
  bias: v.number(),
  trees: v.array(v.strictObject({ feature: whole, threshold: numbers, left: whole, right: whole, value: numbers })),
  lexicon: v.array(v.string()),
  thresholds: v.strictObject({ answer: chance, suggest: chance }),
  /** Scores of tables that were left out, as distill/judge.py measured them. */
  scores: v.record(v.string(), v.number()),
  checksum: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
});

/**
 * Reads the judge of a model.
 *
 * @param json contents of `judge.json`
 * @param source where it stands, for errors
 * @throws {LtdError} "model" for a file that is damaged, of another format or of another model
 */
export function parseJudge(json: string, model: string, source: string): JudgeFile {
  const fail = (what: string): never => {
    throw new LtdError("model", `${source} ${what}`, {
      hint: "take the judge.json that came with the model, or fit one: distill/README.md",
    });
  };
  let document: unknown;
  try {
    document = JSON.parse(json);
  } catch {
    fail("is not JSON");
  }
  const parsed = v.safeParse(schema, document);
  if (!parsed.success) {
    const [problem] = parsed.issues;
    return fail(
      `is no judge of format ${JUDGE_FORMAT}: ${v.getDotPath(problem) ?? "the document"}: ${problem.message}`,
    );
  }
  const { checksum, features, lexicon, bias, trees, thresholds, ...rest } = parsed.output;
  if (sha256OfJson({ ...parsed.output, checksum: undefined }) !== checksum) fail("is damaged: its checksum differs");
  if (rest.model !== model) fail(`is the judge of ${rest.model}, not of ${model}`);
  if (features.join() !== FEATURES.join()) fail("was fitted to other features than this version computes");
  if (!trees.every((each) => isTree(each, features.length))) fail("has a tree that leads nowhere");
  if (thresholds.suggest > thresholds.answer) fail("has a suggest threshold above its answer threshold");
  return { model, bias, trees, thresholds, checksum, lexicon: parseLexicon(lexicon), lexiconLines: lexicon };
}

/** The judge of a model for another whose similarities are nearly the same, as `tune` makes one. */
export function renameJudge(json: string, model: string): string {
  const document = { ...(JSON.parse(json) as object), model, checksum: undefined };
  return `${JSON.stringify({ ...document, checksum: sha256OfJson(document) })}\n`;
}
