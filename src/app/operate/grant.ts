import { hash } from "node:crypto";
import type { Database } from "../../db/database.ts";
import { hiddenProblem } from "../../db/capture/capture-problems.ts";
import { LtdError } from "../../errors.ts";
import { getIndex } from "../../db/indexes/find-index.ts";
import { foreignStates } from "../../db/indexes/foreign-shard.ts";
import { findFront, type FrontRecord } from "../../db/indexes/front.ts";
import { readerObjects } from "../../db/schema/reader.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { sourceTable } from "../../db/statement/key.ts";
import { quoteIdentifier, quoteLiteral, quoteName, sqlText } from "../../db/statement/sql-text.ts";

/**
 * The statements that let a role ask one index: `match`, `search`, and plain SQL. It runs nothing: the owner of schema
 * ltd and of the table does.
 *
 * The role sees entries and aliases of the rows that it may see in the table, and nothing of other indexes but their
 * definitions. Of a front it sees where the shards are, and needs the same rights on each of them.
 *
 * @example
 * const database = await openDatabase();
 * for (const statement of await grantReader(database, "faq", "support")) console.log(`${statement};`);
 *
 * @throws LtdError "index" when there is none of this name, or its entries show rows that a policy hides
 */
export async function grantReader(database: Database, name: string, role: string): Promise<string[]> {
  await requireSchema(database);
  const front = await findFront(database, name);
  if (front !== undefined) return grantFront(database, front, role);
  return grantIndex(database, name, role);
}

/** Tables of models, and what the functions read besides. */
const OF_MODELS = /^(model|index|weight|word|student.*)$/;

/** What a role needs on a front. On each shard it needs what {@link grantIndex} gives. */
async function grantFront(database: Database, { name, shards }: FrontRecord, role: string): Promise<string[]> {
  const to = quoteIdentifier(role);
  const foreign = (await foreignStates(database, name, shards)).flatMap((shard) => shard.tables);
  // to embed a question in SQL
  const models =
    foreign.length === 0 ? [] : (await readerObjects(database, name)).filter((each) => OF_MODELS.test(each));
  const tables = ["migration", "front", "shard", ...foreign, ...models].map((table) => quoteName("ltd", table));
  return [`grant usage on schema ltd to ${to}`, `grant select on ${tables.join(", ")} to ${to}`];
}

async function grantIndex(database: Database, name: string, role: string): Promise<string[]> {
  const index = await getIndex(database, name);
  const hidden = index.sourceExists ? await hiddenProblem(database, index) : null;
  if (hidden !== null) throw new LtdError("index", hidden, { hint: `ltd-index verify ${name} --repair` });
  const objects = await readerObjects(database, name);
  const to = quoteIdentifier(role);
  return [
    `grant usage on schema ltd to ${to}`,
    `grant select on ${objects.map((object) => quoteName("ltd", object)).join(", ")} to ${to}`,
    `grant usage on schema ${quoteIdentifier(index.schema)} to ${to}`,
    `grant select on ${sourceTable(index)} to ${to}`,
  ];
}

/** What a curator writes: wordings, and the queue that brings them into the vectors of their rows. */
const CURATED = ["alias", "negative"];
/** What a curator reads: the log and the votes. */
const LOGGED = ["question", "question_inbox", "question_day", "vote"];
/** And writes, too. */
const JOURNAL = ["curation"];

/**
 * The SQL statements that let a role read the log of an index and teach its rows. That is `gaps`, `accept`, `reject`,
 * `undo`, `journal` and `check`, besides what {@link grantReader} gives. It runs nothing.
 *
 * The role writes no row of the source. It sees log, votes and journal of the indexes that were granted to it, by a
 * policy for each index and role; aliases and negative questions of all indexes, with the keys of their rows. Of a
 * front it needs the same rights on each shard, and sees where they are.
 * @throws LtdError "index" when there is none of this name
 * @example
 * const database = await openDatabase();
 * for (const statement of await grantCurator(database, "faq", "support")) console.log(`${statement};`);
 */
export async function grantCurator(database: Database, name: string, role: string): Promise<string[]> {
  await requireSchema(database);
  const front = await findFront(database, name);
  if (front !== undefined) return grantFront(database, front, role);
  const to = quoteIdentifier(role);
  const named = (tables: readonly string[]) => tables.map((table) => quoteName("ltd", table)).join(", ");
  // Postgres cuts a name at 63 bytes: a hash keeps two of them apart
  const policy = quoteIdentifier(`curator ${hash("sha1", `${name}\0${role}`).slice(0, 16)}`);
  const own = sqlText`index_name = ${quoteLiteral(name)}`;
  return [
    ...(await grantIndex(database, name, role)),
    ...[...LOGGED, ...JOURNAL].flatMap((table) => [
      `drop policy if exists ${policy} on ${quoteName("ltd", table)}`,
      `create policy ${policy} on ${quoteName("ltd", table)} to ${to} using (${own})`,
    ]),
    `grant select on ${named(LOGGED)} to ${to}`,
    `grant insert, update, select on ${named(JOURNAL)} to ${to}`,
    `grant insert, update, delete on ${named(CURATED)} to ${to}`,
    `grant insert, update, select on ${named(["queue"])} to ${to}`,
    `grant usage on sequence ${quoteName("ltd", "queue_version")} to ${to}`,
  ];
}
