import { createEmbedder } from "../../src/embed/embedder.ts";
import { rowOf } from "../../src/vector/matrix.ts";
import { dot } from "../../src/vector/product.ts";
import type { Told } from "./questioner.ts";

/** The two models between which the front is switched. */
export const MODELS = ["ltd-zh-2", "ltd-zh-2-tiny"] as const;

/** Rows that no writer changes, by their keys from 1: what an answer must say of them is known. */
export const STILL = ["花呗", "快递", "发票", "会员", "密码", "收货地址", "优惠券", "账号"].flatMap((thing) =>
  ["怎么开通", "怎么取消", "在哪里修改", "为什么失败了", "多久到账", "可以退吗"].map((what) => `${thing}${what}`),
);
/** Keys from here on are written at random. */
export const MOVING_FROM = 1_000;
const WAYS = 5;
const MOVING = [
  "银行卡",
  "红包",
  "积分",
  "客服",
  "直播间",
  "店铺",
  "运费险",
  "退货单",
  "提现",
  "实名认证",
  "电子票",
  "保证金",
].flatMap((thing) =>
  ["怎么设置", "要多少钱", "什么时候有", "在哪里看", "被冻结了", "能转给别人吗", "有没有上限", "忘了怎么找回"].flatMap(
    (what) => ["", "我的", "想知道", "麻烦问下", "为啥"].map((before) => `${before}${thing}${what}`),
  ),
);

/**
 * The texts that a row can have. One that is written at random has some of its own: HNSW misses rows among thousands of
 * dead versions of one text, until VACUUM.
 */
export function textsOf(key: number): readonly string[] {
  if (key < MOVING_FROM) return [STILL[key - 1]!];
  const at = (key * WAYS) % MOVING.length;
  return MOVING.slice(at, at + WAYS);
}

/** Where a row is. */
export function shardOf(key: number, shards: number): number {
  return key % shards;
}

/** Questions for the rows that no writer changes; each has its row, which is found for it. */
export const QUESTIONS = STILL.map((text, at) => (at % 2 === 0 ? text : `请问${text}`));

/** Vectors of one text differ a little between a batch and the text alone; those of two models differ by far more. */
const TOLERANCE = 2e-3;

/** Says what is wrong with an answer; undefined: nothing. */
export type Judge = (told: Told) => string | undefined;

/**
 * An answer must be of one model, name the shards whose rows are missing, and be at most `suggest` then.
 *
 * @param names of the shards, by their number
 */
export async function createJudge(names: readonly string[]): Promise<Judge> {
  const similarities = await Promise.all(MODELS.map(similaritiesOf));
  return ({ question, decision, found, partial, error }) => {
    if (error !== undefined) return "it failed";
    const unknown = partial.filter((name) => !names.includes(name));
    if (unknown.length > 0) return `partial names ${unknown.join()}`;
    if (partial.length > 0 && decision === "answer") return "a partial answer is decided as `answer`";
    const row = QUESTIONS.indexOf(question);
    const isMissing = !found.some(({ key }) => Number(key) === row + 1);
    if (isMissing && !partial.includes(names[shardOf(row + 1, names.length)]!))
      return "its row is missing, and its shard is not named";
    const fits = similarities.some((of) =>
      found.every(
        ({ key, similarity }) =>
          similarity === null || textsOf(Number(key)).some((text) => Math.abs(of(row, text) - similarity) < TOLERANCE),
      ),
    );
    return fits ? undefined : "it is of no generation, or of several";
  };
}

/** Similarity of a question, by its number, and a text, as a model gives it. */
async function similaritiesOf(model: string): Promise<(question: number, text: string) => number> {
  const embedder = await createEmbedder({ model, threads: 1 });
  try {
    const all = [...STILL, ...MOVING];
    const numbers = new Map(all.map((text, at) => [text, at]));
    const [questions, texts] = [await embedder.embed(QUESTIONS), await embedder.embed(all)];
    return (question, text) => dot(rowOf(questions, question), rowOf(texts, numbers.get(text)!));
  } finally {
    await embedder.close();
  }
}
