import assert from "node:assert/strict";
import { it } from "node:test";
import { isName, requireName } from "../../../src/db/statement/name.ts";
import { LtdError } from "../../../src/errors.ts";
import { describeDatabases } from "../../support/databases.ts";

/** Every character that Postgres can hold. */
const characters = Array.from({ length: 0x10ffff }, (_, at) => at + 1)
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code));
/** Some of them, with both sides of each limit. */
const asked = characters.filter(
  (character, at) =>
    (at % 11 === 0 && character.length === 1) ||
    at % 101 === 0 ||
    [at - 1, at + 1].some((next) => isPart(next) !== isPart(at)),
);
function isPart(at: number): boolean {
  return isName(characters[at] ?? "");
}

const good = [
  "faq",
  "a",
  "常见问题",
  "faq表",
  "表2",
  "问_答",
  "二〇二六年",
  "\u{20bb7}野家",
  "问".repeat(15),
  "a".repeat(45),
];
/** Beside each name what the hint offers in its place. */
const bad: readonly [string, string?][] = [
  ["", undefined],
  ["_faq", "faq"],
  ["2026年", undefined],
  ["FAQ", "faq"],
  ["ＦＡＱ", "faq"],
  ["常见问题（新）", "常见问题_新"],
  ["常见 问题", "常见_问题"],
  ["常见　问题", "常见_问题"],
  ["faq-1", "faq_1"],
  ["问题😀", "问题"],
  ["😀", undefined],
  ["问'题", "问_题"],
  ['x"; drop table faq; --', "x_drop_table_faq"],
  ["faq\n", "faq"],
  ["faq\u{0}", "faq"],
  ["\u{f900}", "豈"],
  ["\u{2f800}", "丽"],
  ["\u{2f00}", "一"],
  ["かな", undefined],
  ["한국", undefined],
  ["école", "ecole"],
  ["问".repeat(16), "问".repeat(15)],
  ["\u{20bb7}".repeat(12), "\u{20bb7}".repeat(11)],
  ["a".repeat(46), "a".repeat(45)],
  ["\ud842", undefined],
];

describeDatabases("names", (databases) => {
  it("are the same to the program and the database, whatever the character", async () => {
    const database = await databases.create("initialised");
    const texts = [...good, ...bad.map(([name]) => name)].filter((name) => name.isWellFormed() && !name.includes("\0"));
    for (const before of ["", "a"]) {
      const names = [...texts, ...asked.map((character) => before + character)];
      const taken = await database.query<{ name: string }>(
        "select name from unnest($1::text[]) with ordinality as n (name, place) where ltd.is_name(name) order by place",
        [names],
      );
      assert.deepEqual(
        taken.map(({ name }) => name),
        names.filter(isName),
      );
    }
  });

  it("have one encoding each", () => {
    for (const character of characters)
      if (isName(`a${character}`)) assert.equal(character.normalize("NFKC"), character, character);
  });

  it("are refused with what is allowed, and a similar one", () => {
    for (const name of good) requireName("an index", name, "index");
    for (const [name, similar] of bad)
      assert.throws(
        () => requireName("an index", name, "index", "give it a name with --name: "),
        (error: unknown) => {
          assert.ok(error instanceof LtdError && error.hint !== undefined);
          assert.equal(error.message, `an index cannot be called ${JSON.stringify(name)}`);
          assert.equal(/^give it a name with --name: (?:for example (.*): )?lower case/.exec(error.hint)?.[1], similar);
          return similar === undefined || isName(similar);
        },
        name,
      );
  });
});
