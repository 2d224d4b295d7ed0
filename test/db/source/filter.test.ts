import assert from "node:assert/strict";
import { before, it } from "node:test";
import type { Database } from "../../../src/db/database.ts";
import { parseFilter } from "../../../src/db/source/filter.ts";
import type { IndexRecord } from "../../../src/db/index-record.ts";
import { nearest } from "../../../src/db/ask/nearest.ts";
import { queueStatus } from "../../../src/db/capture/queue-status.ts";
import { describeSource } from "../../../src/db/source/source.ts";
import { describeDatabases } from "../../support/databases.ts";
import { addIndex, entryKeys, prepare, queuedKeys, settle } from "../fixture.ts";

describeDatabases("a filter", (databases) => {
  let database: Database;
  let index: IndexRecord;
  before(async () => {
    database = await databases.create();
    await prepare(database);
    // columns that are called as those of the entries are, and as the program's own aliases
    await database.script(`
      create table faq (key integer primary key, title text, words text, "K1" boolean default true, e integer, views integer default 0);
      insert into faq values (1, 'one', 'open'), (2, 'two', 'closed'), (3, 'three', 'open')`);
    index = await addIndex(database, {
      name: "faq",
      table: "faq",
      where: `words = 'open' and "K1" -- not the hidden ones`,
      enqueue: true,
    });
  });

  it("lets only the rows in that pass it", async () => {
    assert.deepEqual([...index.filterColumns].toSorted(), ["K1", "words"]);
    assert.equal((await queueStatus(database, index)).pending, 2);
    await settle(database, index);
    assert.deepEqual(await entryKeys(database, index), ["1", "3"]);
  });

  it("is one that rows enter and leave, by any of its columns", async () => {
    await database.query("update faq set views = views + 1, e = 1");
    assert.deepEqual(await queuedKeys(database, index), []);
    await database.query("update faq set words = 'open' where key = 2");
    await database.query(`update faq set "K1" = false where key = 1`);
    assert.deepEqual(await queuedKeys(database, index), [["1"], ["2"]]);
    const found = async () =>
      (await nearest(database, index, Float32Array.of(1, 0, 0), 9)).map(({ key }) => key[0]!).toSorted();
    assert.deepEqual(await found(), ["1", "3"], "until the next sync");
    await settle(database, index);
    assert.deepEqual(await entryKeys(database, index), ["2", "3"]);
    assert.deepEqual(await found(), ["2", "3"]);
    await database.query("insert into faq values (4, 'four', 'closed'), (5, 'five', 'open')");
    await settle(database, index);
    assert.deepEqual(await entryKeys(database, index), ["2", "3", "5"]);
    await database.query("truncate faq");
    await settle(database, index);
    assert.deepEqual(await entryKeys(database, index), []);
  });

  it("names what it means, whatever the search path is later", async () => {
    await database.script(`
      create schema shop;
      create type shop.mood as enum ('glad', 'sad');
      create function shop.is_glad(shop.mood) returns boolean language sql immutable as $$ select $1 = 'glad'::shop.mood $$;
      create table shop.note (id integer primary key, title text, mood shop.mood);
      insert into shop.note values (1, 'a', 'glad'), (2, 'b', 'sad');
      set search_path = shop, public`);
    const note = await addIndex(database, { name: "note", table: "note", where: "is_glad(mood)" });
    await database.script("reset search_path; update shop.note set mood = 'sad' where id = 1");
    assert.equal(note.filter, "shop.is_glad(mood)");
    await settle(database, note);
    assert.deepEqual(await entryKeys(database, note), []);
    await database.query("update shop.note set mood = 'glad'");
    await settle(database, note);
    assert.deepEqual(await entryKeys(database, note), ["1", "2"]);
  });

  it("that cannot be one is refused with the reason, and leaves nothing behind", async () => {
    const faq = await describeSource(database, "faq");
    const refused: [string, RegExp, RegExp][] = [
      ["title", /must be type boolean/, /one condition/],
      ["titel = 'x'", /"titel" does not exist/, /its columns are: key, title/],
      ["e < extract(epoch from now())", /IMMUTABLE/, /compare with constants, not with now\(\)/],
      ["random() < 0.5", /IMMUTABLE/, /compare with constants/],
      ["exists (select from faq)", /subquery/, /one condition/],
      ["count(*) > 1", /aggregate/, /one condition/],
      ["faq is not null", /"faq" does not exist/, /its columns are: key, title/],
      ["true", /uses no column/, /--where/],
      ["ctid is not null", /system column/, /one condition/],
      ["title = 'x') ; drop table faq; --", /multiple commands|syntax error/, /one condition/],
      ["title = 'x'); drop table faq; select (true", /multiple commands|syntax error/, /one condition/],
      ["title = ", /syntax error/, /one condition/],
      ["title = 'x' or", /syntax error/, /one condition/],
      ["", /syntax error/, /one condition/],
      ["title = $1", /there is no parameter|could not determine|bind message/, /one condition/],
    ];
    for (const [text, message, hint] of refused) {
      await assert.rejects(parseFilter(database, faq, text), { code: "source", message, hint }, text);
    }
    assert.deepEqual(await database.query("select relname from pg_class where relname like 'ltd_filter%'"), []);
  });
});
