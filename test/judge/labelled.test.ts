import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isHeader, readLabelled, type LabelledOptions } from "../../src/judge/labelled.ts";
import { readRows } from "../../src/judge/read-rows.ts";

const read = (text: string, options: LabelledOptions = {}) =>
  readLabelled(
    readRows(text, "a.csv", (cells) => isHeader(cells, options.columns)),
    options,
  );

describe("labelled data", () => {
  it("pairs: TSV, CSV with quotes, a semicolon, no header, JSON Lines", () => {
    const pairs = { kind: "pairs", first: ["怎么退款", '"退"款,要多久'], second: ["退款", "b\nc"], labels: [1, 0] };
    const csv = 'sentence1,sentence2,label\r\n怎么退款,退款,1\r\n"""退""款,要多久","b\nc",0\r\n';
    assert.deepEqual(read(csv), pairs);
    assert.deepEqual(read(`\u{feff}${csv}`), pairs);
    const plain = { ...pairs, first: ["怎么退款", '"退款'], second: ["退款", "b"] };
    assert.deepEqual(read('sentence1\tsentence2\tscore\n怎么退款\t退款\t1\n\n"退款\tb\t0\n'), plain);
    assert.deepEqual(read('怎么退款\t退款\t1\n"退款\tb\t0'), plain);
    assert.deepEqual(read('text1;text2;label\n怎么退款;退款;1\n"""退款";b;0'), plain);
    const objects = [
      { question1: "怎么退款", question2: "退款", label: 1 },
      { label: 0, question1: '"退款', question2: "b" },
    ];
    assert.deepEqual(read(objects.map((each) => JSON.stringify(each)).join("\n")), plain);
  });

  it("classes: by their names, with more columns, and without a header where a class comes back", () => {
    const classes = { kind: "classes", texts: ["打开微信", "你好", "再见"], labels: ["app", "chat", "chat"] };
    assert.deepEqual(read("text\tlabel\tlabel_name\n打开微信\tapp\t1\n你好\tchat\t2\n再见\tchat\t2"), classes);
    assert.deepEqual(read("你好\tchat\n打开微信\tapp\n再见\tchat"), {
      ...classes,
      texts: ["你好", "打开微信", "再见"],
      labels: ["chat", "app", "chat"],
    });
    const intents =
      'text\tdomain\tintent\tslots\n打开微信\tapp\tLAUNCH\t{"name": "微信"}\n你好\tchat\tTALK\t{}\n再见\tchat\tTALK\t{}';
    assert.deepEqual(read(intents).kind === "classes" && read(intents), {
      ...classes,
      labels: ["LAUNCH", "TALK", "TALK"],
    });
    assert.deepEqual(read(intents, { columns: ["text", "domain"] }), classes);
  });

  it("FAQs: a question and its row, questions in groups, and groups with others that mean something else", () => {
    const faq = { kind: "faq", questions: ["退款要多久", "密码忘了"], right: [0, 1], corpus: ["怎么退款", "忘记密码"] };
    const rows = ["怎么退款", "忘记密码"].map((title, at) => ({ title, question: faq.questions[at], answer: "…" }));
    assert.deepEqual(read(rows.map((each) => JSON.stringify(each)).join("\n")), faq);
    assert.deepEqual(read("question,row\n退款要多久,怎么退款\n密码忘了,忘记密码"), faq);
    assert.deepEqual(
      read("问,答\n退款要多久,怎么退款\n密码忘了,忘记密码", { kind: "faq", columns: ["问", "答"] }),
      faq,
    );
    const groups = rows.map(({ title, question }) => ({ id: "1", questions: [title, question], answer: "…" }));
    assert.deepEqual(read(groups.map((each) => JSON.stringify(each)).join("\n")), faq);
    const law = [{ id: "0", equivalent: ["怎么退款", "退款要多久", "退款"], not_equivalent: ["退货", "怎么退款"] }];
    const found = read(JSON.stringify(law[0]));
    assert.deepEqual(found, { kind: "faq", questions: ["退款要多久"], right: [0], corpus: ["怎么退款", "退货"] });
  });

  const wrong: [string, string, RegExp, LabelledOptions?][] = [
    ["nothing", " \n", /a\.csv has no rows/],
    ["a header alone", "text,label\n", /has a header, and no rows/],
    ["a wrong header", "txt,lbl\n怎么退款,a\n你好,b", /the header of a\.csv is not known: txt, lbl/],
    [
      "half a header",
      "text,lbl\n怎么退款,a\n你好,b",
      /has the columns text, lbl: these are not the columns of pairs, of an FAQ/,
    ],
    ["another kind", "text,label\n怎么退款,a\n你好,b", /these are not the columns of pairs$/, { kind: "pairs" }],
    ["a column that is not there", "text,label\n怎么退款,a", /no column intent/, { columns: ["text", "intent"] }],
    ["a missing label", "text,label\n怎么退款,a\n你好,", /1 of 2 rows of a\.csv have no label, the first in line 3/],
    [
      "a label that is no number",
      "sentence1,sentence2,label\na,b,1\na,b,yes",
      /the label in line 3 of a\.csv is no number: yes/,
    ],
    ["one class", "text,label\n怎么退款,a\n你好,a", /all 2 labels of a\.csv are the same: a/],
    ["one text", "text,label\n怎么退款,a\n怎么退款,b", /all texts of a\.csv are the same: 怎么退款/],
    ["a short line", "text,label\n怎么退款,a\n你好", /line 3 of a\.csv has 1 columns, the first line has 2/],
    ["an open quote", 'text,label\n怎么退款,a\n"你好,b', /line 3 of a\.csv has a quote that does not end/],
    ["broken JSON", '{"text": "a"\n', /line 1 of a\.csv is not JSON/],
    [
      "no questions to groups",
      '{"questions": ["a"]}\n{"questions": ["b"]}',
      /no group of a\.csv has a second question/,
    ],
  ];
  for (const [what, text, message, options] of wrong) {
    it(`refuses ${what}`, () => assert.throws(() => read(text, options), { name: "LtdError", message }));
  }
});
