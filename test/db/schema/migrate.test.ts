import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { captureProblems } from "../../../src/db/capture/capture-problems.ts";
import { restoreCapture } from "../../../src/db/capture/triggers.ts";
import type { Database } from "../../../src/db/database.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { dropIndex } from "../../../src/db/indexes/index-store.ts";
import { compareVersions } from "../../../src/db/schema/compare-versions.ts";
import { migrate, requireSchema, schemaVersion } from "../../../src/db/schema/migrate.ts";
import { openServer } from "../../../src/db/connect/server.ts";
import { vectorIndexState } from "../../../src/db/entries/vector-index.ts";
import { describeDatabases, describeServer } from "../../support/databases.ts";
import { queuedKeys } from "../fixture.ts";
import { readSchema } from "./schema.ts";

const snapshot = fileURLToPath(new URL("schema.snapshot.txt", import.meta.url));

describeDatabases("migrations", (databases) => {
  let database: Database;
  before(async () => {
    database = await databases.create();
  });

  it("bring an empty database to the newest version, once", async () => {
    assert.equal(await schemaVersion(database), 0);
    await assert.rejects(requireSchema(database), { code: "schema", hint: /ltd-index init/ });
    const first = await migrate(database);
    assert.deepEqual(
      first.applied,
      Array.from({ length: first.version }, (_, at) => at + 1),
    );
    assert.deepEqual(await migrate(database), { applied: [], version: first.version });
    assert.equal(await schemaVersion(database), first.version);
    await requireSchema(database);
  });

  it("give the schema that was reviewed", async (test) => {
    // after a change on purpose: run this file with --test-update-snapshots, and review what git shows
    const serializers = [(text: string) => text];
    test.assert.fileSnapshot(await readSchema(database), snapshot, { serializers });
  });

  it("refuse a database whose applied migration was changed", async () => {
    await database.query("update ltd.migration set sha256 = reverse(sha256) where version = 1");
    await assert.rejects(migrate(database), { code: "schema", message: /0001_initial\.sql was changed/ });
    await assert.rejects(requireSchema(database), { code: "schema" });
    await database.query("update ltd.migration set sha256 = reverse(sha256) where version = 1");
    await requireSchema(database);
  });

  it("refuse a database that is newer than the program", async () => {
    await database.query("insert into ltd.migration (version, name, sha256) values (999, '0999_later.sql', '')");
    await assert.rejects(migrate(database), { code: "schema", message: /version 999/, hint: /upgrade ltd-index/ });
    await assert.rejects(requireSchema(database), { code: "schema", hint: /upgrade ltd-index/ });
    await database.query("delete from ltd.migration where version = 999");
  });
});

describeDatabases("an index of version 1", (databases) => {
  it("goes on as the first generation", async () => {
    const database = await databases.create();
    const first = await readFile(
      fileURLToPath(new URL("../../../migrations/0001_initial.sql", import.meta.url)),
      "utf8",
    );
    const sha256 = createHash("sha256").update(first).digest("hex");
    await database.script(`create extension vector; ${first};
      insert into ltd.migration (version, name, sha256) values (1, '0001_initial.sql', '${sha256}');
      create table faq (id integer primary key, title text);
      insert into ltd.model (id, sha256, dims, max_chars) values ('tiny', '${"0".repeat(64)}', 3, 32);
      insert into ltd.index (name, source, source_schema, source_table, key_columns, key_types, template, columns, model_id)
        values ('faq', 'faq', 'public', 'faq', '{id}', '{integer}', '{title}', '{title}', 'tiny');
      create table ltd.entry_faq (key integer primary key, content_hash bytea not null, embedding vector(3),
        truncated boolean not null, words tsvector not null, updated_at timestamptz not null default now());
      insert into ltd.entry_faq values (7, '', '[1,0,0]', false, '');
      create index entry_faq_embedding_idx on ltd.entry_faq using hnsw (embedding vector_cosine_ops);
      create trigger ltd_faq_insert after insert on faq referencing new table as new_rows
        for each statement execute function ltd.capture(1);
      create trigger ltd_faq_truncate after truncate on faq for each statement execute function ltd.capture(1)`);
    await migrate(database);
    const index = await getIndex(database, "faq");
    assert.deepEqual([index.generation, index.state, index.vectorColumn], [1, "live", null]);
    assert.equal(await vectorIndexState(database, index), "valid");
    assert.deepEqual(await database.query("select key, embedding from ltd.entry_faq"), [
      { key: 7, embedding: "[1,0,0]" },
    ]);
    assert.equal((await captureProblems(database, index)).length, 6, "five triggers and the log: init recreates them");
    await database.transaction((tx) => restoreCapture(tx, index));
    await database.query("insert into faq values (1, 'x')");
    assert.deepEqual(await queuedKeys(database, index), [["1"], ["7"]], "an entry without a row");
    await dropIndex(database, "faq");
    assert.deepEqual(await database.query("select tgname from pg_trigger where tgname like 'ltd%'"), []);
  });
});

describeServer("migrations on a server", (databases) => {
  it("run from several processes at once are applied once", async () => {
    const target = await databases.createTarget();
    const connections = await Promise.all([1, 2, 3, 4].map(() => openServer(target)));
    try {
      const results = await Promise.all(connections.map((connection) => migrate(connection)));
      const applied = results.flatMap((result) => result.applied).toSorted((left, right) => left - right);
      assert.deepEqual(
        applied,
        Array.from({ length: results[0]?.version ?? 0 }, (_, at) => at + 1),
      );
    } finally {
      await Promise.all(connections.map((connection) => connection.close()));
    }
  });

  it("find pgvector in whatever schema it is, and say when this role may not create it", async () => {
    const target = await databases.createTarget();
    const owner = await openServer(target);
    try {
      await owner.script(
        `create role ltd_plain_${process.pid} login password 'plain'; grant connect on database ${new URL(target).pathname.slice(1)} to ltd_plain_${process.pid}`,
      );
      const url = new URL(target);
      url.username = `ltd_plain_${process.pid}`;
      url.password = "plain";
      const plain = await openServer(url.href);
      try {
        await assert.rejects(migrate(plain), { code: "database", hint: /create extension vector/ });
      } finally {
        await plain.close();
      }
      await owner.script("create schema extensions; create extension vector schema extensions");
      await migrate(owner);
    } finally {
      await owner.script(`drop owned by ltd_plain_${process.pid}; drop role ltd_plain_${process.pid}`);
      await owner.close();
    }
  });
});

describe("version numbers", () => {
  it("are compared number by number", () => {
    assert.ok(compareVersions("0.8.0", "0.8.0") === 0);
    assert.ok(compareVersions("0.10.0", "0.8.4") > 0);
    assert.ok(compareVersions("0.7.4", "0.8") < 0);
    assert.ok(compareVersions("0.8.0", "0.8.4") < 0);
  });
});
