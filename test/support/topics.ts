import type { ClusterResult } from "../../src/app/cluster/cluster.ts";
import type { SplitRow } from "./shards.ts";

const TOPICS = ["花呗还款", "收货地址", "登录密码", "糖尿病饮食", "申请退款", "退货运费", "开电子发票", "快递进度"];
const FORMS = [
  "怎么处理{}",
  "{}的问题找谁",
  "关于{}我想问一下",
  "{}有什么规定吗",
  "请问{}要多久",
  "{}出错了",
  "不会{}",
  "{}",
];
const WHO = ["", "我", "老人", "公司", "学生", "第一次"];
/** Questions on eight topics. Fewer rows of each topic than of the one before: clusters are numbered by size. */
export const topicRows: readonly SplitRow[] = TOPICS.flatMap((topic, at) =>
  FORMS.flatMap((form) => WHO.map((who) => `${who}${form.replace("{}", topic)}`)).slice(3 * at),
).map((question, at) => ({ id: at + 1, question, category: "" }));

/**
 * All that two runs over the same rows have in common. Vectors of texts that were embedded beside others differ in their
 * last digits, and so can the number of rounds.
 */
export function comparable({
  seconds: _seconds,
  fit: { iterations: _iterations, ...fit },
  ...result
}: ClusterResult): unknown {
  return JSON.parse(
    JSON.stringify({ ...result, fit }, (_, each: unknown) =>
      typeof each === "number" ? Number(each.toFixed(4)) : each,
    ),
  );
}
