import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe } from "node:test";
import type { Database } from "../../src/db/database.ts";
import { openServer } from "../../src/db/connect/server.ts";
import { copyTemplate, openTemplate, serverTemplate, withDatabase, type Template } from "./templates.ts";

/** One kind of database, for a suite that runs over each of them. Whatever it makes is gone when the suite ends. */
export interface TestDatabases {
  readonly kind: Database["kind"];
  /** A new database, open; default: an empty one. The embedded one is in memory. */
  create(template?: Template): Promise<Database>;
  /** A new database, not open, as `--database` and `openIndex` name it: a URL, or a folder for the embedded one. Default: an empty one. */
  createTarget(template?: Template): Promise<string>;
}

/**
 * Runs a suite twice: over the embedded Postgres and over a PostgreSQL server.
 *
 * Call `create` in hooks or tests, not in the body of the suite. Without a server (see global-setup.ts) the second one is
 * skipped, and fails in CI.
 */
export function describeDatabases(title: string, suite: (databases: TestDatabases) => void): void {
  describe(`${title}, embedded`, () => suite(embeddedDatabases()));
  describe(`${title}, server`, { skip: whyNoServer() }, () => suite(serverDatabases()));
}

/** Runs a suite over the PostgreSQL server only, for what the embedded one cannot do (several connections). */
export function describeServer(title: string, suite: (databases: TestDatabases) => void): void {
  describe(`${title}, server`, { skip: whyNoServer() }, () => suite(serverDatabases()));
}

/** Runs a suite over the embedded Postgres only. */
export function describeEmbedded(title: string, suite: (databases: TestDatabases) => void): void {
  describe(`${title}, embedded`, () => suite(embeddedDatabases()));
}

function whyNoServer(): string | false {
  if (process.env["LTD_TEST_DATABASE_URL"]) return false;
  const reason = process.env["LTD_TEST_NO_SERVER"] ?? "no LTD_TEST_DATABASE_URL: run by `npm test`, or set it";
  if (process.env["CI"]) throw new Error(`${reason}; in CI the suites against a server must run`);
  return reason;
}

function embeddedDatabases(): TestDatabases {
  const opened: Database[] = [];
  const folders: string[] = [];
  after(async () => {
    await Promise.all(opened.map((database) => database.close()));
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
  });
  return {
    kind: "embedded",
    async create(template = "empty") {
      const database = await openTemplate(template);
      opened.push(database);
      return database;
    },
    async createTarget(template = "empty") {
      const folder = await mkdtemp(join(tmpdir(), "ltd-test-"));
      folders.push(folder);
      await copyTemplate(template, join(folder, "db"));
      return join(folder, "db");
    },
  };
}

let created = 0;

function serverDatabases(): TestDatabases {
  const server = process.env["LTD_TEST_DATABASE_URL"] ?? "";
  const opened: Database[] = [];
  const names: string[] = [];
  after(async () => {
    await Promise.all(opened.map((database) => database.close()));
    await onServer(
      server,
      names.map((name) => `drop database if exists ${name} with (force)`),
    );
  });
  const createTarget = async (template: Template = "empty") => {
    const name = `ltd_test_${process.pid}_${++created}`;
    await onServer(server, [`create database ${name} template ${await serverTemplate(server, template)}`]);
    names.push(name);
    return withDatabase(server, name);
  };
  return {
    kind: "server",
    createTarget,
    async create(template) {
      const database = await openServer(await createTarget(template));
      opened.push(database);
      return database;
    },
  };
}

async function onServer(url: string, statements: readonly string[]): Promise<void> {
  const server = await openServer(url);
  try {
    for (const statement of statements) await server.query(statement);
  } finally {
    await server.close();
  }
}
