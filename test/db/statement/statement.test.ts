import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { quoteIdentifier, quoteName, sqlText } from "../../../src/db/statement/sql-text.ts";
import { statement } from "../../../src/db/statement/statement.ts";

const folder = new URL("../../../sql/", import.meta.url);
const sources = new URL("../../../src/db/", import.meta.url);

describe("the statements in sql/", async () => {
  const names = (await readdir(folder, { recursive: true }))
    .filter((name) => name.endsWith(".sql"))
    .map((name) => name.replaceAll("\\", "/").replace(/\.sql$/, ""));
  const modules = (await readdir(sources, { recursive: true })).filter((name) => name.endsWith(".ts"));
  const code = await Promise.all(modules.map((name) => readFile(new URL(name.replaceAll("\\", "/"), sources), "utf8")));

  for (const name of names) {
    it(`${name}: has a header, is one statement in lower case, and is used`, async () => {
      const text = await readFile(new URL(`${name}.sql`, folder), "utf8");
      const header = /^(?:--.*\n)+/.exec(text)?.[0] ?? "";
      const body = text.slice(header.length);
      assert.match(header, /^-- [A-Z0-9][^]*?[.?]/, "the purpose, a sentence");
      const bodies = /\$(function|do|outer)\$.*\$\1\$/s;
      for (const parameter of body.replace(bodies, "").match(/\$\d/g) ?? [])
        assert.ok(header.includes(parameter), `${parameter} stands in the header`);
      if (body.startsWith("select")) assert.match(header, /^-- columns: /m);
      const bare = body.replaceAll(/'[^']*'|"[^"]*"|--.*|\{\{\w+\}\}/g, "");
      assert.equal(bare, bare.toLowerCase());
      assert.ok(!bare.replace(bodies, "").includes(";"), "one statement");
      assert.ok(
        code.some((file) => file.includes(`"${name}"`)),
        "used",
      );
    });
  }

  it("are read without their header and with their placeholders filled", () => {
    assert.equal(
      statement("entries/drop-entry-table", { entry: quoteName("ltd", 'a"b') }),
      '/* ltd-index entries/drop-entry-table */ drop table if exists "ltd"."a""b"',
    );
    assert.throws(() => statement("entries/drop-entry-table"), /needs \{\{entry\}\}/);
    assert.throws(() => statement("schema/count-words", { entry: quoteIdentifier("x") }), /has no \{\{entry\}\}/);
    // a replacement text is taken as it is, even when it looks like a pattern of String.replace
    assert.match(
      statement("entries/drop-entry-table", { entry: quoteIdentifier("$&$1{{entry}}") }),
      /"\$&\$1\{\{entry\}\}"$/,
    );
  });
});

describe("SQL text", () => {
  it("quotes every identifier", () => {
    assert.equal(quoteIdentifier("faq"), '"faq"');
    assert.equal(quoteIdentifier('x"; drop table y; --'), '"x""; drop table y; --"');
    assert.throws(() => quoteIdentifier(""), TypeError);
    assert.throws(() => quoteIdentifier("a\0b"), TypeError);
    assert.equal(sqlText`select ${quoteIdentifier("a")} limit ${3}`, 'select "a" limit 3');
  });
});
