import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { exportIndex } from "../../../src/app/file/export.ts";
import { add } from "../../../src/app/keep/add.ts";
import { openIndex, type Index } from "../../../src/app/open/open-index.ts";
import type { LocalIndex } from "../../../src/app/open/open-local.ts";
import type { Database } from "../../../src/db/database.ts";
import { loadModel } from "../../../src/embed/model-package.ts";
import { describeDatabases } from "../../support/databases.ts";

/** Two order numbers that are one number of JavaScript. */
const [ONE, OTHER] = ["9007199254740992", "9007199254740993"];

/** What a row says otherwise as JSON than as text, which is embedded: a column, its type, a value, and what `row` has. */
const values: readonly [column: string, type: string, value: string, shown: unknown][] = [
  ["amount", "numeric(10,3)", "12.500", "12.500"],
  ["big", "bigint[]", `{{${ONE},1},{${OTHER},2}}`, [[ONE, "1"], [OTHER, "2"]]], // prettier-ignore
  ["nan", "numeric", "NaN", "NaN"],
  ["code", "char(8)", "ab12", "ab12    "],
  ["paid_at", "timestamptz", "2024-02-03 04:05:06.789+00", undefined],
  ["meta", "jsonb", '{"a": [1, 2.0]}', { a: [1, 2] }],
  ["tags", "text[]", '{退款,"a b"}', ["退款", "a b"]],
  ["ratio", "double precision", "1e+25", 1e25],
  ["small", "integer", "17", 17],
  ["flag", "boolean", "true", true],
];

describeDatabases("a value that JavaScript would change", (databases) => {
  let database: Database;
  let index: Index;
  let local: LocalIndex;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ltd-values-"));
    database = await databases.create("installed");
    const model = await loadModel();
    await database.script(`
      create table orders (number bigint primary key, title text);
      insert into orders values (${ONE}, '订单'), (${OTHER}, '订单'), (${BigInt(OTHER) + 2n}, '另一张订单');
      create domain quantity as bigint;
      create domain stock as quantity;
      create domain sizes as stock[];
      create table item (id integer primary key, kind text, sold stock, parts sizes, ${values.map(([name, type]) => `${name} ${type}`).join(", ")});
      insert into item values ${values.map(([name], row) => `(${row}, '${name}', ${OTHER}, array[${ONE}])`).join(", ")}`);
    for (const [row, [name, type, value]] of values.entries()) {
      await database.query(`update item set ${name} = $1::text::${type} where id = ${row}`, [value]);
    }
    await add(database, model, { table: "orders", template: "订单号 {number}" });
    await add(database, model, { table: "item", template: `{kind}: ${values.map(([name]) => `{${name}}`).join("")}` });
    index = await openIndex({ index: "orders", database });
    await index.sync();
    await exportIndex(database, "orders", join(folder, "orders.ltd"));
    local = await openIndex({ local: join(folder, "orders.ltd") });
  });
  after(async () => {
    await index.close();
    await local.close();
    await rm(folder, { recursive: true });
  });

  it("beyond 2^53 is two answers, each found by its own number and shown as it is in the row", async () => {
    for (const number of [ONE, OTHER]) {
      for (const from of [index, local]) {
        const { answers, decision } = await from.match(`订单号${number}`, { limit: 3 });
        assert.equal(decision, "answer");
        assert.equal(answers.length, 3, "no two orders are one answer");
        assert.deepEqual(
          answers.map(({ others }) => others),
          [[], [], []],
        );
        const [first] = answers;
        assert.deepEqual([first?.found, first?.key, first?.text], ["exact", [number], `订单号 ${number}`]);
        assert.deepEqual(first?.row, { number, title: "订单" });
        assert.deepEqual((await from.similar(BigInt(number))).length, 2);
      }
      const [hit] = (await index.search(`订单号${number}`)).hits;
      assert.deepEqual([hit?.text, hit?.row], [`订单号 ${number}`, { number, title: "订单" }]);
      const [found] = await database.query("select found, key, row from ltd.match('orders', $1)", [`订单号${number}`]);
      assert.deepEqual(found, { found: "exact", key: [number], row: { number, title: "订单" } });
    }
  });

  it("beyond 2^53 can be filtered by, as a string, a bigint or a number", async () => {
    for (const number of [OTHER, BigInt(OTHER)]) {
      const { answers } = await index.match("订单号", { filter: { number } });
      assert.deepEqual(
        answers.map(({ key }) => key),
        [[OTHER]],
      );
    }
    assert.equal((await index.match("订单号", { filter: { number: "no number" } })).answers.length, 0);
    const rows = await database.query(`select key from ltd.match('orders', '订单号', 5, '{"number": "${OTHER}"}')`);
    assert.deepEqual(rows, [{ key: [OTHER] }]);
    assert.equal((await database.query(`select from ltd.search('orders', '订单', 5, '{"number": ${ONE}}')`)).length, 1);
  });

  it("as a key that has lost its digits is refused, not taken for another row's", async () => {
    for (const from of [index, local]) {
      await assert.rejects(from.similar(Number(OTHER)), { code: "input", hint: /string or a bigint/ });
    }
  });

  it("is an alias' owner by its own number", async () => {
    await database.query(
      "insert into ltd.alias (index_name, alias, question, key) values ('orders', '昨天那张', '昨天那张', array[$1])",
      [OTHER],
    );
    const { answers } = await index.match("昨天那张？");
    assert.deepEqual([answers[0]?.found, answers[0]?.row], ["alias", { number: OTHER, title: "订单" }]);
  });

  it("is shown as it was embedded, so that the same question is found", async () => {
    const items = await openIndex({ index: "item", database });
    const file = join(folder, "item.ltd");
    try {
      await items.sync();
      await exportIndex(database, "item", file);
      const copy = await openIndex({ local: file });
      for (const [row, [name, , , shown]] of values.entries()) {
        const [stored] = await database.query<{ text: string }>(
          `select ${name}::text as text from item where id = ${row}`,
        );
        const text = `${name}: ${stored!.text}`;
        for (const from of [items, copy]) {
          const { answers } = await from.match(text);
          assert.deepEqual([answers[0]?.found, answers[0]?.text, answers[0]?.key], ["exact", text, [`${row}`]], name);
          assert.equal(answers[0]!.row["sold"], OTHER, "a domain over a domain over bigint");
          assert.deepEqual(answers[0]!.row["parts"], [ONE], "a domain over an array of such");
          if (shown !== undefined) assert.deepEqual(answers[0]!.row[name], shown);
        }
        const [found] = await database.query<{ found: string; row: Record<string, unknown> }>(
          "select found, row from ltd.match('item', $1)",
          [text],
        );
        assert.equal(found?.found, "exact", `${name} in SQL`);
        if (shown !== undefined) assert.deepEqual(found.row[name], shown);
      }
      await copy.close();
    } finally {
      await items.close();
    }
  });
});
