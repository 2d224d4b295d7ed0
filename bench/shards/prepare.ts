import { add, addShard, init, linkShards, loadModel, openDatabase, openIndex, type Database } from "../../src/index.ts";
import { installSql } from "../../src/app/functions/install.ts";
import { fill } from "../shared/fill.ts";
import { timed } from "../shared/step.ts";

/** The name of the index, on the one database, on the front and on each shard. */
export const INDEX = "faq";

/** What is measured: one index with all rows, a front, and the shards that have the rows once more. */
export interface Prepared {
  readonly one: Database;
  readonly front: Database;
  readonly shards: readonly Database[];
}

/** How many rows of which corpus. */
export interface PrepareSettings {
  readonly corpus: string;
  readonly rows: number;
  readonly threads: number;
}

/** Runs `work` with databases of one server that are gone afterwards: rows in one, and split over the shards of a front by their ids. */
export async function withShardDatabases<Result>(
  url: string,
  shards: number,
  settings: PrepareSettings,
  work: (prepared: Prepared) => Promise<Result>,
): Promise<Result> {
  const server = await openDatabase({ url });
  const names: string[] = [];
  const opened: Database[] = [];
  const addressOf = (name: string): string => Object.assign(new URL(url), { pathname: `/${name}` }).href;
  /** A database with schema and model: a copy of the first one, but for that one itself. */
  const create = async (part: string): Promise<{ database: Database; address: string }> => {
    const name = `ltd_bench_${process.pid}_${part}`;
    await server.query(`create database ${name}${names.length === 0 ? "" : ` template ${names[0]}`}`);
    names.push(name);
    const address = addressOf(name);
    const database = await openDatabase({ url: address, connections: 16 });
    if (names.length > 1) opened.push(database);
    else {
      await init(database, await loadModel());
      await database.close();
    }
    return { database, address };
  };
  const { password } = new URL(url);
  if (password !== "") process.env["PGPASSWORD"] = decodeURIComponent(password);
  try {
    await timed("schema and model", () => create("base"));
    const { database: one } = await create("one");
    await timed("one index", () => prepare(one, settings));
    const { database: front } = await create("front");
    const parts: Database[] = [];
    for (let shard = 0; shard < shards; shard++) {
      const { database, address } = await create(`s${shard}`);
      await timed(`shard ${shard}`, () => prepare(database, settings, { shard, of: shards }));
      await addShard(front, INDEX, { name: `s${shard}`, url: withoutPassword(address), deadlineMs: 60_000 });
      parts.push(database);
    }
    await timed("functions", () => link(one, front, url));
    return await work({ one, front, shards: parts });
  } finally {
    await Promise.all(opened.map((database) => database.close()));
    for (const name of names) await server.query(`drop database ${name} with (force)`);
    await server.close();
  }
}

async function prepare(
  database: Database,
  { corpus, rows, threads }: PrepareSettings,
  part?: { readonly shard: number; readonly of: number },
): Promise<void> {
  await fill(database, INDEX, corpus, rows);
  if (part !== undefined) await database.query(`delete from ${INDEX} where id % ${part.of} <> ${part.shard}`);
  await add(database, await loadModel(), { table: INDEX, template: "{title}" });
  const index = await openIndex({ index: INDEX, database, threads });
  await index.sync({ calibrate: false });
  await index.close();
  await database.query("vacuum analyze");
}

/** Installs the functions, and lets the front reach its own server at the address that the server knows. */
async function link(one: Database, front: Database, url: string): Promise<void> {
  await installSql(one);
  await installSql(front);
  await linkShards(front, INDEX);
  const [own] = await front.query<{ host: string | null; port: number | null }>(
    "select host(inet_server_addr()) as host, inet_server_port() as port",
  );
  const password = decodeURIComponent(new URL(url).password).replaceAll("'", "''");
  for (const { name } of await front.query<{ name: string }>("select srvname as name from pg_foreign_server")) {
    if (own?.host != null)
      await front.query(`alter server "${name}" options (set host '${own.host}', set port '${own.port}')`);
    await front.query(`alter user mapping for current_user server "${name}" options (add password '${password}')`);
  }
}

function withoutPassword(address: string): string {
  const url = new URL(address);
  url.password = "";
  return url.href;
}
