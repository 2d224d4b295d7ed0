import assert from "node:assert/strict";
import { before, it } from "node:test";
import { judgeOf } from "../../../src/app/judge-of.ts";
import type { Database } from "../../../src/db/database.ts";
import { loadModel } from "../../../src/embed/model-package.ts";
import { FEATURES } from "../../../src/judge/chance/feature.ts";
import { judgeFirst, type Judge } from "../../../src/judge/chance/judge.ts";
import { describeDatabases } from "../../support/databases.ts";

/** Questions, and rows that differ in what a judge reads: numbers, units, names, order, denial, opposites, courtesy, script, length. */
const PAIRS: readonly (readonly [question: string, row: string])[] = [
  ["怎么退款", "如何申请退款？"],
  ["RTX 4080显卡多少钱", "RTX 4060 显卡的价格"],
  ["怎么从微信转钱到支付宝", "支付宝的钱怎么转到微信？"],
  ["今天限行", "今天不限行"],
  ["能退吗", "不能退吗"],
  ["宝宝发燒三十八度五以上怎麼辦！！", "宝宝发烧38.5℃以上怎么处理？"],
  ["身份证有效期二十年", "身份证有效期 10 年"],
  ["我爸六十三了还能买医疗险吗", "60 岁以上可以买医疗险吗？"],
  ["Python 3.12.1 怎么安装", "Python 3.12.2 怎么安装"],
  ["how to rotate API keys without downtime", "How to rotate an API key without downtime"],
  ["qwertyuiop", "Wi-Fi 密码怎么修改？"],
  ["房东要退押金给租客", "租客要退押金给房东"],
  ["您好，请问一下会员怎么开通呀，谢谢", "怎么取消会员？"],
  ["五万毫安的充电宝能带飞机上吗", "2 万毫安的充电宝可以带上飞机吗？"],
  ["双倍工资", "公司没签劳动合同，可以要三倍工资吗"],
  ["我被车撞了", "我撞了车"],
  ["包年怎么换成按量", "按量付费如何换成包年？"],
  ["三者险200万降到100万", "三者险怎么从 100 万提高到 200 万？"],
  ["谢谢老师", "怎么联系我的班主任老师？"],
  ["老师", "请问律师在吗"],
  ["VPN连接失败", "VPN 连不上怎么办"],
  ["的", "什么"],
  ["7", "八"],
  ["第2次酒驾被抓怎么处罚", "酒驾第一次被抓怎么处罚？"],
  ["一下子一千兆一万块一个半小时四个半月", "两千零二十四年十二月三十一号"],
  ["MySQL 8.0 與 PostgreSQL 15 的區別 😀", "MySQL和Oracle有什么不同"],
  ["长".repeat(300), "长短不一的一个问题，超过一百二十八个字".repeat(12)],
  ["", "空的问题"],
];
const OTHERS = [
  `怎么修改收货地址？${"退款、超过一百二十八个字。😀".repeat(100)}`,
  "退款多久到账",
  "RTX 4090 24G",
  "如何開通會員",
  "How do I reset my password",
  "押金什么时候退",
  "",
  "？！",
  "限行时间",
];

describeDatabases("the judge in SQL", (databases) => {
  let database: Database;
  let judge: Judge;
  let student: number;
  before(async () => {
    database = await databases.create("installed");
    const model = await loadModel();
    judge = judgeOf(model)!;
    student = (await database.query<{ id: number }>("select id from ltd.student"))[0]!.id;
  });

  it("sees what the judge in TypeScript sees, and gives the same chance", async () => {
    for (const [at, [question, row]] of PAIRS.entries()) {
      // from no other row to nine
      const texts = [row, ...OTHERS.slice(0, at % (OTHERS.length + 1))];
      const candidates = texts.map((text, place) => ({ text, similarity: 0.9 - 0.037 * place - 0.011 * at }));
      const { chance, features } = judgeFirst(judge, question, candidates);
      const [found] = await database.query<{ features: number[]; chance: number }>(
        `select f.features, ltd.student_${student}_chance(f.features) as chance
         from (select ltd.student_${student}_features($1, $2, $3) as features offset 0) f`,
        [question, texts, candidates.map(({ similarity }) => similarity)],
      );
      assert.equal(found!.features.length, FEATURES.length);
      for (const [place, name] of FEATURES.entries()) {
        const [here, there] = [features[name]!, found!.features[place]!];
        // embeddings have two bytes a number in the database
        assert.ok(Math.abs(here - there) < 2e-3, `${name} of ${question} and ${row}: ${here}, ${there}`);
      }
      assert.ok(Math.abs(chance - found!.chance) < 1e-3, `${question} and ${row}: ${chance}, ${found!.chance}`);
    }
  });
});
