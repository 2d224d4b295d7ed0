import assert from "node:assert/strict";
import { it } from "node:test";
import { loadModel } from "../../src/embed/model-package.ts";
import { cutOtherwise } from "../../src/text/cut-otherwise.ts";
import { normalize } from "../../src/text/normalize.ts";
import { segment } from "../../src/text/segment.ts";
import { WordTrie } from "../../src/text/word-trie.ts";
import { createFrequencyToWin, userWords, type WordWeights } from "../../src/text/word-weight.ts";
import { describeEmbedded } from "../support/databases.ts";
import { readTitles } from "../../bench/shared/workload.ts";

const seed = Number(process.env["SEED"] ?? 7);

describeEmbedded("the texts that new words may cut otherwise", (databases) => {
  it(`are found through their lexemes (SEED=${seed})`, async () => {
    const database = await databases.create();
    const { words: rows } = await loadModel();
    const titles = readTitles(3000).map(normalize);
    const base = new WordTrie(rows);
    const cutBefore = titles.map((title) => segment(title, base));
    await database.script("create table cut (id int primary key, words tsvector)");
    await database.query(
      "insert into cut select id - 1, array_to_tsvector(array(select distinct json_array_elements_text(words))) from json_array_elements($1::json) with ordinality as given (words, id)",
      [JSON.stringify(cutBefore)],
    );
    // strings of the titles themselves: parts of words, several words, across borders, letters and digits
    let state = seed;
    const random = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const win = createFrequencyToWin(base, rows);
    const weights: WordWeights = new Map(
      Array.from({ length: 60 }, () => {
        const characters = Array.from(titles[random(titles.length)]!);
        const start = random(Math.max(1, characters.length - 4));
        return characters.slice(start, start + 2 + random(3)).join("");
      })
        .filter((word) => !/\s|[，。]/u.test(word) && segment(word, base).length > 1)
        .map((word) => [word, { idf: 1, frequency: win(word) * (1 + random(50)) }]),
    );
    assert.ok(weights.size > 20);
    const own = new WordTrie(rows, userWords(weights));
    const changed = titles.flatMap((title, at) => (String(segment(title, own)) === String(cutBefore[at]) ? [] : at));
    const query = cutOtherwise(rows, new Map(), weights);
    const found = await database.query<{ id: number }>("select id from cut where words @@ $1::tsquery", [query]);
    const ids = new Set(found.map(({ id }) => id));
    const missed = changed.filter((at) => !ids.has(at)).map((at) => titles[at]);
    assert.deepEqual(missed, []);
    assert.ok(changed.length > 20 && ids.size < titles.length * 0.75, `${changed.length} of ${ids.size}`);
    // and in none of them does anything change but where a new word is cut out
    for (const at of changed)
      assert.ok(
        segment(titles[at]!, own).some((word) => weights.has(word)),
        titles[at],
      );
  });
});
