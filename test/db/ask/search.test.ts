import assert from "node:assert/strict";
import { before, it } from "node:test";
import type { Database } from "../../../src/db/database.ts";
import type { IndexRecord } from "../../../src/db/index-record.ts";
import { nearest } from "../../../src/db/ask/nearest.ts";
import { claim } from "../../../src/db/capture/queue.ts";
import { searchRows } from "../../../src/db/ask/search.ts";
import { searchParts } from "../../../src/db/ask/search-parts.ts";
import { statement } from "../../../src/db/statement/statement.ts";
import { buildVectorIndex } from "../../../src/db/entries/vector-index.ts";
import { buildWordsIndex, hasWordsIndex } from "../../../src/db/entries/words-index.ts";
import { writeBatch } from "../../../src/db/entries/write-batch.ts";
import { describeDatabases } from "../../support/databases.ts";
import { addIndex, entryFor, prepare } from "../fixture.ts";

const rows = 2_000;
const vectorOf = (angle: number) => Float32Array.of(Math.cos(angle), Math.sin(angle), 0);

describeDatabases("search", (databases) => {
  let database: Database;
  let index: IndexRecord;
  const keysOf = (found: readonly { key: readonly string[] }[]) => found.map(({ key }) => key.join(" "));

  before(async () => {
    database = await databases.create();
    await prepare(database);
    // 'key', 'words' and 'score' are names of ours, too
    await database.script(`create table faq (id integer primary key, title text, key text, words text, score integer);
      insert into faq select g, 'title ' || g, 'k', case when g % 2 = 0 then 'even' else 'odd' end, g from generate_series(1, ${rows}) g`);
    index = await addIndex(database, { name: "faq", table: "faq", enqueue: true });
    const claims = await claim(database, index, { limit: rows, leaseMs: 60_000 });
    const entries = claims.map((each) => {
      const id = Number(each.key[0]);
      // all have 的, every tenth has 花呗, three have a word with all that could be an operator
      const words = [
        "的",
        `n${id}`,
        ...(id % 10 === 0 ? ["花呗"] : []),
        ...(id % 700 === 0 ? [`a'b\\c:*|&!()<->"`] : []),
      ];
      return entryFor(each, (id / rows) * 3, words);
    });
    await writeBatch(database, index, { entries });
  });

  const check = async (): Promise<void> => {
    const both = await searchRows(database, index, vectorOf(0), ["花呗", "n10"], 3, { wordsWeight: 0.5 });
    assert.deepEqual(keysOf(both)[0], "10");
    const { vectorRank, wordsRank, wordsScore, lexemes, similarity, row } = both[0]!;
    assert.deepEqual({ vectorRank, wordsRank, lexemes }, { vectorRank: 10, wordsRank: 1, lexemes: ["n10", "花呗"] });
    assert.ok(wordsScore! > 0 && Math.abs(similarity! - Math.cos((10 / rows) * 3)) < 1e-5);
    assert.deepEqual(row, { id: 10, title: "title 10", key: "k", words: "even", score: 10 });

    const byWords = await searchRows(database, index, vectorOf(0), ["n1500"], 5, { wordsWeight: 1 });
    assert.equal(keysOf(byWords)[0], "1500");
    assert.deepEqual([byWords[0]!.vectorRank, byWords[0]!.wordsRank], [null, 1]);
    assert.ok(byWords[0]!.similarity! < 0, "its cosine is told though only the words found it");
    assert.ok(byWords.slice(1).every(({ wordsRank: rank, lexemes: had }) => rank === null && had.length === 0));

    const none = await searchRows(database, index, vectorOf(0), ["nothing"], 5);
    assert.deepEqual(keysOf(none), ["1", "2", "3", "4", "5"]);
    assert.ok(none.every(({ wordsRank: rank, wordsScore: score }) => rank === null && score === null));
    const noVector = await searchRows(database, index, null, ["n7", "n8"], 5);
    assert.deepEqual(keysOf(noVector).toSorted(), ["7", "8"]);
    assert.equal(noVector[0]!.similarity, null);
    assert.deepEqual(await searchRows(database, index, null, [], 5), []);
  };

  it("finds by vector, by words and by both, and says which, without any index", async () => {
    assert.equal(await hasWordsIndex(database, index), false);
    await check();
  });

  it("and the same with the indexes", async () => {
    await buildVectorIndex(database, index);
    await buildWordsIndex(database, index);
    await buildWordsIndex(database, index);
    assert.equal(await hasWordsIndex(database, index), true);
    await check();
    const plan = await database.transaction(async (tx) => {
      await tx.query("set local enable_seqscan = off");
      const text = `explain (format json) ${statement("ask/search", searchParts(index))}`;
      return tx.query(text, ["[1,0,0]", ["n7"], 3, null, null]);
    });
    assert.ok(JSON.stringify(plan).includes(`entry_${index.id}_words_idx`));
    assert.ok(JSON.stringify(plan).includes(`entry_${index.id}_embedding_idx`));
  });

  it("scores by a weighted mean of similarity and share of the words", async () => {
    const [row] = await searchRows(database, index, vectorOf(0), ["花呗", "n10", "nowhere"], 1, { wordsWeight: 0.5 });
    const idf = (hits: number) => Math.log(1 + (rows - hits + 0.5) / (hits + 0.5));
    const most = 2.2 * (idf(1) + idf(rows / 10) + idf(0));
    const { score, similarity, wordsScore } = row!;
    assert.ok(Math.abs(score - (0.5 * similarity! + (0.5 * wordsScore!) / most)) < 1e-9);
    // a row that has one of many words of the question is not before rows that mean the same
    const few = await searchRows(database, index, vectorOf(0), ["n1500", "x", "y", "z"], 3, { wordsWeight: 0.6 });
    assert.deepEqual(keysOf(few), ["1", "2", "3"]);
  });

  it("takes words as they are: no character of them is an operator", async () => {
    const odd = `a'b\\c:*|&!()<->"`;
    const found = await searchRows(database, index, null, [odd], 10);
    assert.deepEqual(keysOf(found).toSorted(), ["1400", "700"]);
    assert.deepEqual(found[0]!.lexemes, [odd]);
    for (const word of [
      "n7 | n8",
      "n7:*",
      "!n7",
      "n7 & 的",
      "'",
      "''",
      "\\",
      "\\'",
      "(",
      ")",
      ":",
      "%",
      "'; drop table faq",
    ]) {
      assert.deepEqual(await searchRows(database, index, null, [word], 10), [], word);
    }
  });

  for (const [share, each] of [
    [50, 2],
    [10, 10],
    [1, 100],
    [0.1, 1000],
  ] as const) {
    it(`gives all rows that a filter for ${share} % lets through, by vector and by words`, async () => {
      const k = Math.min(20, rows / each);
      const wanted = Array.from({ length: rows / each }, (_, at) => String((at + 1) * each));
      const where = `score % ${each} = 0`;
      const near = await nearest(database, index, vectorOf(0), k, { where, efSearch: 10 });
      assert.deepEqual(keysOf(near), wanted.slice(0, k));
      const byVector = await searchRows(database, index, vectorOf(0), [], k, { where, efSearch: 10 });
      assert.deepEqual(keysOf(byVector), wanted.slice(0, k));
      const byWords = await searchRows(database, index, null, ["的"], 1_000, { where });
      assert.deepEqual(new Set(keysOf(byWords)), new Set(wanted));
    });
  }

  it("filters by what the row as JSON contains, whatever the value", async () => {
    const odd = await nearest(database, index, vectorOf(0), 3, { filter: { words: "odd" } });
    assert.deepEqual(keysOf(odd), ["1", "3", "5"]);
    const one = await searchRows(database, index, vectorOf(0), ["n8"], 3, { filter: { words: "even", score: 1000 } });
    assert.deepEqual(keysOf(one), ["1000"]);
    const hostile = { words: `even' or '1'='1`, "a\"'b": null };
    assert.deepEqual(await searchRows(database, index, vectorOf(0), ["n8"], 3, { filter: hostile }), []);
    const both = await nearest(database, index, vectorOf(0), 9, { filter: { words: "odd" }, where: "score > 1990" });
    assert.deepEqual(keysOf(both), ["1991", "1993", "1995", "1997", "1999"]);
  });

  it("refuses an invalid condition, and lets none write", async () => {
    for (const where of [
      "colour = 'red'",
      "score = ",
      "score",
      "score = 'x'",
      "1 = 1) or (",
      "true; drop table faq",
      "true /*",
    ]) {
      await assert.rejects(
        nearest(database, index, vectorOf(0), 3, { where }),
        { code: "usage", message: /^the condition / },
        where,
      );
    }
    const where = "score > (select setval('ltd.queue_version', 1))";
    await assert.rejects(nearest(database, index, vectorOf(0), 3, { where }), { message: /read-only transaction/ });
    // names of the entry are not seen
    await assert.rejects(nearest(database, index, vectorOf(0), 3, { where: "truncated" }), { code: "usage" });
    assert.equal((await nearest(database, index, vectorOf(0), 3, { where: "true -- all" })).length, 3);
  });

  it("passes over rows that are gone, before any sync", async () => {
    await database.query("delete from faq where id <= 10");
    assert.deepEqual(keysOf(await searchRows(database, index, vectorOf(0), ["n7"], 2)), ["11", "12"]);
    assert.deepEqual(await searchRows(database, index, null, ["n7"], 2), []);
  });
});
