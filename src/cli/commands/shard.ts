import type { Command } from "commander";
import {
  addShard,
  addShardStatements,
  listShards,
  removeShard,
  removeShardStatements,
  type AddShardResult,
  type NewShard,
} from "../../app/shards/declare.ts";
import { linkShards, linkShardsStatements } from "../../app/shards/foreign.ts";
import { verifyShards, type OnSeveral, type VerifyShardsResult } from "../../app/shards/verify.ts";
import type { FrontRecord } from "../../db/indexes/front.ts";
import { flagsOf, withDatabase, type Context } from "../context.ts";
import { wholeNumber } from "../flag-number.ts";
import { t, translate } from "../language.ts";
import { count, renderPairs, say, writeResult } from "../output.ts";

export function defineShard(verb: Command, context: Context): void {
  verb.addHelpText(
    "after",
    `
Examples:
  ltd-index shard add faq a postgres://app@db1/app
  ltd-index shard add faq b postgres://app@db2/app --index questions
  ltd-index shard list faq
  ltd-index shard verify faq
  ltd-index shard remove faq b
  ltd-index match faq 怎么退款
  ltd-index shard fdw faq               # then ltd.match('faq', …) in SQL

Each shard is a complete index on a server of its own. The database that these commands work on, the front, only says where they are:
match, search, serve, mcp, status, sync, watch and verify then work on all of them. Passwords come from PGPASSWORD or a password file.`,
  );
  defineAdd(verb, context);
  defineList(verb, context);
  defineVerify(verb, context);
  defineFdw(verb, context);
  defineRemove(verb, context);
}

function defineAdd(verb: Command, context: Context): void {
  verb
    .command("add")
    .argument("<front>", "name by which all shards are asked; the first shard makes it")
    .argument("<name>", "name of the shard")
    .argument("<url>", "its address, without a password: postgres://user@host:5432/database")
    .option("--index <index>", "its index there (default: the name of the front)")
    .option("--deadline <ms>", "how long the shards of the front are waited for, 10 to 600000 (default: 2000)")
    .option("--print-sql", "print the statements, and run none")
    .description("Declare a shard. It must have the model, weights, template, key and thresholds of the others.")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index shard add faq a postgres://app@db1/app
  ltd-index shard add faq b postgres://app@db2/app --deadline 500
  ltd-index shard add faq c postgres://app@db3/app --print-sql | psql`,
    )
    .action(async (front: string, name: string, url: string, _options: object, command: Command) => {
      const flags = flagsOf<{ index?: string; deadline?: string; printSql?: boolean }>(command);
      const { index, deadline } = flags;
      const shard: NewShard = {
        name,
        url,
        ...(index !== undefined && { index }),
        ...(deadline !== undefined && { deadlineMs: wholeNumber("--deadline", deadline, 10, 600_000) }),
      };
      await withDatabase(context, flags, async (database) => {
        if (flags.printSql) {
          const statements = await addShardStatements(database, front, shard);
          return writeResult(context, flags, { statements }, renderStatements);
        }
        await writeResult(context, flags, await addShard(database, front, shard), renderAdded);
        say(context, flags, t`next: ltd-index match ${front} "…"`);
      });
    });
}

function renderStatements({ statements }: { statements: readonly string[] }): string {
  return statements.map((each) => `${each};`).join("\n");
}

function renderAdded({ front, shard, index, url, shards }: AddShardResult): string {
  return t`added ${shard} to ${front}: ${index} at ${url}; shards now: ${count(shards)}`;
}

function defineList(verb: Command, context: Context): void {
  verb
    .command("list")
    .argument("[front]", "front to show (default: all)")
    .description("Show the fronts of this database with their shards. Connects to none.")
    .addHelpText("after", "\nExamples:\n  ltd-index shard list\n  ltd-index shard list faq --json | jq .shards")
    .action(async (name: string | undefined, _options: object, command: Command) => {
      const flags = flagsOf(command);
      const fronts = await withDatabase(context, flags, (database) => listShards(database, name));
      for (const front of fronts) await writeResult(context, flags, front, renderFront);
      if (fronts.length === 0) say(context, flags, t`there is no front yet: ltd-index shard add <front> <name> <url>`);
    });
}

function renderFront({ name, deadlineMs, fingerprint, shards }: FrontRecord): string {
  return renderPairs({
    front: name,
    model: fingerprint.model,
    text: fingerprint.template,
    deadline: t`${count(deadlineMs)} ms`,
    ...Object.fromEntries(shards.map(({ name: shard, url, index }) => [shard, t`${index} at ${url}`])),
  });
}

function defineVerify(verb: Command, context: Context): void {
  verb
    .command("verify")
    .argument("<front>", "front whose shards are compared")
    .description("Compare the shards with each other, and find keys and aliases that are on several.")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index shard verify faq
  ltd-index shard verify faq --json | jq .keys

Ends with 3 if something is wrong. \`ltd-index verify faq\` also compares the entries of each shard with its table.`,
    )
    .action(async (front: string, _options: object, command: Command) => {
      const flags = flagsOf(command);
      const result = await withDatabase(context, flags, (database) => verifyShards(database, front));
      await writeResult(context, flags, result, renderVerified);
      if (!result.ok) context.exitCode = 3;
    });
}

/** What `shard verify` says, and `verify` of a front. */
export function renderVerified({ front, shards, sharedKeys, keys, aliases, ok }: VerifyShardsResult): string {
  const lines = shards.map(
    ({ shard, entries, problem }) =>
      `  ${shard}: ${problem === null ? t`${count(entries ?? 0)} entries` : t`WRONG: ${translate(problem)}`}`,
  );
  const several = ({ what, shards: on }: OnSeveral) => t`    ${what}: on ${on.join(", ")}`;
  return [
    ok
      ? t`${front}: ${count(shards.length)} shards, nothing is wrong`
      : t`${front}: ${count(shards.length)} shards, WRONG`,
    ...lines,
    ...(sharedKeys > 0 ? [t`  ${count(sharedKeys)} keys on several shards`, ...keys.map(several)] : []),
    ...(aliases.length > 0 ? [t`  ${count(aliases.length)} aliases on several shards`, ...aliases.map(several)] : []),
  ].join("\n");
}

function defineFdw(verb: Command, context: Context): void {
  verb
    .command("fdw")
    .argument("<front>", "front whose shards are to be asked in SQL")
    .option("--print-sql", "print the statements, and run none")
    .description("Let ltd.match of the front ask all shards, by postgres_fdw. Run it again after `shard add`.")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index sql install
  ltd-index shard fdw faq
  psql -c "alter user mapping for app server \\"ltd.faq.a\\" options (add password 'secret')"
  ltd-index query "select * from ltd.match('faq', '怎么退款')"

It makes two views on each shard, and servers, user mappings and foreign tables on the front. A server that exists keeps its options. docs/scale.md says more.`,
    )
    .action(async (front: string, _options: object, command: Command) => {
      const flags = flagsOf<{ printSql?: boolean }>(command);
      await withDatabase(context, flags, async (database) => {
        if (flags.printSql) {
          const statements = await linkShardsStatements(database, front);
          return writeResult(context, flags, statements, renderLinkStatements);
        }
        const result = await linkShards(database, front);
        await writeResult(
          context,
          flags,
          result,
          ({ shards }) => t`ltd.match('${front}', …) asks: ${shards.join(", ")}`,
        );
        say(context, flags, t`next: ltd-index sql install, if the functions are not in this database yet`);
      });
    });
}

/** Statements of several servers in one text: a comment says where each part runs. */
function renderLinkStatements({
  front,
  shards,
}: {
  front: readonly string[];
  shards: Record<string, string[]>;
}): string {
  return [
    ...Object.entries(shards).flatMap(([shard, statements]) => [
      `-- ${t`on the shard ${shard}`}`,
      renderStatements({ statements }),
    ]),
    `-- ${t`on the front`}`,
    renderStatements({ statements: front }),
  ].join("\n");
}

function defineRemove(verb: Command, context: Context): void {
  verb
    .command("remove")
    .argument("<front>", "front of the shard")
    .argument("<name>", "name of the shard")
    .option("--print-sql", "print the statements, and run none")
    .description("Take a shard from a front, and the front with its last one. The shard itself stays as it is.")
    .addHelpText("after", "\nExamples:\n  ltd-index shard remove faq b\n  ltd-index shard remove faq b --print-sql")
    .action(async (front: string, name: string, _options: object, command: Command) => {
      const flags = flagsOf<{ printSql?: boolean }>(command);
      await withDatabase(context, flags, async (database) => {
        if (flags.printSql) {
          const statements = await removeShardStatements(database, front, name);
          return writeResult(context, flags, { statements }, renderStatements);
        }
        const result = { front, shard: name, ...(await removeShard(database, front, name)) };
        await writeResult(context, flags, result, ({ shards }) =>
          shards === 0
            ? t`removed ${front} with its last shard`
            : t`removed ${name} from ${front}; shards now: ${count(shards)}`,
        );
      });
    });
}
