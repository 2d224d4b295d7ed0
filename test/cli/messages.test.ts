import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findMessages, readCatalogue } from "../../scripts/messages.ts";

const messages = findMessages();
const catalogue = readCatalogue();

/** Placeholders that Chinese has no use for: the plural of commander's "argument{3}". */
const PLURAL = "too many arguments{1}. Expected {2} argument{3} but got {4}.";

const placeholders = (text: string) => [...new Set(text.match(/\{\d+\}/g))].toSorted();

describe("the catalogue of messages", () => {
  it("has a Chinese text for every message of the source", () => {
    const missing = messages.filter(({ text }) => !catalogue[text]).map(({ text, place }) => `${place}: ${text}`);
    assert.deepEqual(missing, [], "run npm run messages, then fill in the empty texts of locale/zh.json");
  });

  it("has nothing that the source no longer says", () => {
    const texts = new Set(messages.map(({ text }) => text));
    const stale = Object.keys(catalogue).filter((text) => !texts.has(text));
    assert.deepEqual(stale, [], "run npm run messages: it removes them");
  });

  it("has the same placeholders in both languages", () => {
    for (const [text, chinese] of Object.entries(catalogue)) {
      const wanted = placeholders(text).filter((each) => text !== PLURAL || each !== "{3}");
      assert.deepEqual(placeholders(chinese), wanted, text);
    }
  });

  it("is written as Chinese is: a blank between Chinese and Latin, full-width punctuation", () => {
    for (const [text, chinese] of Object.entries(catalogue)) {
      const prose = chinese.replaceAll(/`[^`]*`|'[^']*'|"[^"]*"/g, "“”");
      assert.doesNotMatch(
        prose,
        /[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]/,
        `${text}: a blank is missing`,
      );
      assert.doesNotMatch(
        prose,
        /[\u4e00-\u9fff][,;:?!]|[\u4e00-\u9fff] [，。；：？！（）]/,
        `${text}: half-width punctuation`,
      );
    }
  });

  it("reaches every text that src/cli prints", () => {
    const untagged = messages.filter(({ isUntagged }) => isUntagged).map(({ text, place }) => `${place}: ${text}`);
    assert.deepEqual(untagged, [], "write it as t`…` (src/cli/language.ts), or translate(…) where it comes from below");
  });

  it("is found whole: the scan sees errors, help, outputs and commander's own texts", () => {
    const texts = new Set(messages.map(({ text }) => text));
    for (const text of [
      "there is no index {1}", // a LtdError
      "the indexes are: {1}", // its hint, in a branch
      "must be a whole number from {1} to {2}", // a part of one
      "Find the best rows by meaning and by words together.", // a verb
      "rows for each question, 1 to 1000", // an option
      "{1} rows", // an output
      "last error", // the name of a pair
      "taken for", // the header of a table
      "for the table's owner to run", // a comment behind an example
      "unknown option '{1}'", // commander
      "this server has no pgvector", // doctor
    ])
      assert.ok(texts.has(text), text);
  });
});
