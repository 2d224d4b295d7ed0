import assert from "node:assert/strict";
import { before, it } from "node:test";
import { judgeOf } from "../../../src/app/judge-of.ts";
import { loadModel, type ModelPackage } from "../../../src/embed/model-package.ts";
import { differences } from "../../../src/judge/chance/difference.ts";
import { explainEvidence } from "../../../src/judge/chance/explain.ts";
import { parseJudge, renameJudge } from "../../../src/judge/chance/judge-file.ts";
import { judgeFirst, type Judge } from "../../../src/judge/chance/judge.ts";
import { quantitiesOf } from "../../../src/judge/chance/quantity.ts";
import { readText } from "../../../src/judge/chance/reading.ts";

let model: ModelPackage;
let judge: Judge;
before(async () => {
  model = await loadModel();
  judge = judgeOf(model)!;
});

it("names what two texts say differently, and nothing of what they say alike", () => {
  const cases: [question: string, row: string, kinds: string[]][] = [
    ["RTX 4090多少钱", "RTX 4060 的价格", ["number"]],
    ["MySQL慢查询", "PostgreSQL慢查询", ["name", "thing"]],
    ["北京到上海怎么走", "上海到北京怎么走", ["order"]],
    ["微信转支付宝", "支付宝转微信", ["order"]],
    ["包年怎么换成按量", "按量付费如何换成包年？", ["order"]],
    ["流量 5 换 10 收费吗", "10 换 5 的流量收费吗", ["order"]],
    ["怎么开通会员", "怎么关闭会员", ["opposite"]],
    ["今天限行", "今天不限行", ["negation"]],
    ["房东可以涨租吗", "租客可以涨租吗", ["role"]],
    ["充电要多久", "充电要多少钱", ["ask"]],
    ["附件不能超过10M", "附件不能超过10G", ["name", "unit"]],
    ["能退吗", "不能退吗", []],
    ["您好，请问怎么退款呀", "如何申请退款？", []],
    ["婚假可以休三天", "婚假可以休3天", []],
    ["我被车撞了", "车撞了我", []],
  ];
  for (const [question, row, kinds] of cases) {
    const found = differences(readText(question, judge.knowledge), readText(row, judge.knowledge));
    assert.deepEqual([...new Set(found.map(({ kind }) => kind))].toSorted(), kinds, `${question} | ${row}`);
  }
});

it("reads numbers in digits and in Chinese, with their units", () => {
  const read = (text: string) => quantitiesOf(text).map(({ value, unit }) => `${value}${unit}`);
  assert.deepEqual(read("三十八度五"), ["38.5度"]);
  assert.deepEqual(read("2 万毫安和五万毫安"), ["20000毫安", "50000毫安"]);
  assert.deepEqual(read("第2次, 第二次"), ["2第", "2第"]);
  assert.deepEqual(read("一下子一般一起"), []);
  assert.deepEqual(read("二〇二四年十二月"), ["2024年", "12月"]);
});

it("a clash lowers the chance, a paraphrase keeps it, and the judge says why", () => {
  const others = ["怎么修改收货地址", "忘记密码怎么办", "发票怎么开"].map((text) => ({ text, similarity: 0.4 }));
  const chanceOf = (question: string, text: string) =>
    judgeFirst(judge, question, [{ text, similarity: 0.95 }, ...others]);
  const right = chanceOf("iPhone 15怎么截屏", "iPhone 15 如何截屏？");
  const wrong = chanceOf("iPhone 15怎么截屏", "iPhone 13 如何截屏？");
  assert.ok(right.chance > judge.thresholds.answer, String(right.chance));
  assert.ok(wrong.chance < judge.thresholds.answer && wrong.chance < right.chance, String(wrong.chance));
  assert.match(explainEvidence(wrong).join("\n"), /another number: the question has 15, the row 13/);
});

it("a greeting that names a role is about no role", () => {
  const rows = ["怎么联系我的班主任老师", "没钱请律师可以申请法律援助吗？", "门诊医生什么时候上班"];
  for (const question of ["谢谢老师", "老师好", "律师你好，在不在", "医生您好", "辛苦了老师", "谢谢经理"]) {
    for (const first of rows) {
      const texts = [first, ...rows.filter((row) => row !== first)];
      const { chance } = judgeFirst(
        judge,
        question,
        texts.map((text, at) => ({ text, similarity: 0.6 - at / 10 })),
      );
      assert.ok(chance < judge.thresholds.answer, `${question} | ${first}: ${chance}`);
    }
  }
  const { content } = readText("怎么联系老师", judge.knowledge);
  assert.deepEqual(
    content.map(({ text }) => text),
    ["联系", "老师"],
  );
});

it("what fails, in other words, is no other question in a table of five rows", () => {
  const rows = ["VPN 连不上怎么办", "如何重置邮箱密码", "报销多久到账", "年假怎么申请", "打印机卡纸怎么处理"];
  for (const [question, row] of [
    ["vpn连接失败", "VPN 连不上怎么办"],
    ["公司VPN登录失败", "VPN 连不上怎么办"],
    ["报销的钱什么时候到", "报销多久到账"],
  ] as const) {
    const texts = [row, ...rows.filter((other) => other !== row)];
    const { chance } = judgeFirst(
      judge,
      question,
      texts.map((text, at) => ({ text, similarity: at === 0 ? 0.8 : 0.42 - at / 50 })),
    );
    assert.ok(chance >= judge.thresholds.suggest, `${question} | ${row}: ${chance}`);
  }
});

it("Latin text that the table has nothing for gets no answer", () => {
  const rows = ["怎么恢复出厂设置？", "Wi-Fi 密码怎么修改？", "VPN 连不上怎么办"];
  for (const question of ["qwertyuiop", "lorem ipsum dolor sit amet", "asdfghjkl", "hello world", "ABCDEFG123"]) {
    const { chance } = judgeFirst(
      judge,
      question,
      rows.map((text, at) => ({ text, similarity: 0.97 - at / 100 })),
    );
    assert.ok(chance < judge.thresholds.answer, `${question}: ${chance}`);
  }
});

it("refuses a judge that is damaged, of another model or of other features", () => {
  const json = model.judge!;
  const { id } = model.description;
  assert.throws(() => parseJudge(json, "other", "judge.json"), /is the judge of .*, not of other/);
  assert.throws(() => parseJudge(json.replace('"filler ', '"filler 甲 = '), id, "judge.json"), /is damaged/);
  assert.throws(() => parseJudge("{", id, "judge.json"), /is not JSON/);
  assert.throws(() => parseJudge('{"format":9}', id, "judge.json"), /is no judge of format 1/);
  const features = JSON.parse(json) as { features: string[] };
  const other = renameJudge(JSON.stringify({ ...features, features: ["similarity"] }), id);
  assert.throws(() => parseJudge(other, id, "judge.json"), /other features than this version computes/);
  assert.equal(parseJudge(renameJudge(json, "other"), "other", "judge.json").model, "other");
});
