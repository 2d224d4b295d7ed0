import { createHash } from "node:crypto";
import { existsSync, openAsBlob, readdirSync, readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import { installSql } from "../../src/app/functions/install.ts";
import { init } from "../../src/app/keep/init.ts";
import { openEmbedded } from "../../src/db/connect/embedded.ts";
import { openServer } from "../../src/db/connect/server.ts";
import type { Database } from "../../src/db/database.ts";
import { DEFAULT_MODEL, loadModel } from "../../src/embed/model-package.ts";

/** What the database of a suite begins with: nothing, what `init` makes of the bundled model, or its SQL functions, too. */
export type Template = "empty" | "initialised" | "installed";

/** What a template is made of, and how. */
const made: Record<Exclude<Template, "empty">, { from: Template; fill: (database: Database) => Promise<unknown> }> = {
  initialised: { from: "empty", fill: async (database) => init(database, await loadModel()) },
  installed: { from: "initialised", fill: (database) => installSql(database) },
};

const root = join(import.meta.dirname, "../..");
const cache = join(root, "node_modules/.cache/ltd-index");
const DAY_MS = 86_400_000;

/** Changes with everything that a template is made of. */
const key = (() => {
  const hash = createHash("sha256");
  for (const folder of ["migrations", "sql", "src/db/schema", "src/db/functions", "src/app/functions"])
    for (const name of readdirSync(join(root, folder), { encoding: "utf8", recursive: true }).sort())
      if (/\.\w+$/.test(name)) hash.update(name).update(readFileSync(join(root, folder, name)));
  const model = `models/${DEFAULT_MODEL}`;
  for (const file of [`${model}/model.json`, `${model}/judge.json`, "node_modules/@electric-sql/pglite/package.json"])
    hash.update(readFileSync(join(root, file)));
  return hash.digest("hex").slice(0, 12);
})();

/** Opens a new embedded database in memory, in half a second: to make a cluster takes seven times as long. */
export async function openTemplate(template: Template): Promise<Database> {
  return openEmbedded(undefined, await openAsBlob(join(await embeddedTemplate(template), "db.tar")));
}

/** Makes the folder of an embedded database that is not open. */
export async function copyTemplate(template: Template, folder: string): Promise<void> {
  await cp(join(await embeddedTemplate(template), "db"), folder, { recursive: true });
}

/** A folder with a cluster, `db`, and a dump of it, `db.tar`: made at the first use, kept between runs. */
export async function embeddedTemplate(template: Template): Promise<string> {
  const folder = join(cache, `${template}-${key}`);
  if (existsSync(folder)) return folder;
  await mkdir(cache, { recursive: true });
  await removeOld();
  const draft = await mkdtemp(join(cache, "draft-"));
  const path = join(draft, "db");
  if (template !== "empty") await copyTemplate(made[template].from, path);
  const database = await openEmbedded(path);
  if (template !== "empty") await made[template].fill(database);
  await database.close();
  const cluster = await PGlite.create({ dataDir: path, extensions: { vector } });
  await cluster.exec("checkpoint");
  await writeFile(join(draft, "db.tar"), new Uint8Array(await (await cluster.dumpDataDir("none")).arrayBuffer()));
  await cluster.close();
  // another process may have been faster
  await rename(draft, folder).catch(async (error: unknown) => {
    await rm(draft, { recursive: true });
    if (!existsSync(folder)) throw error;
  });
  return folder;
}

/** Templates of other versions go when they have not been used for a day. */
async function removeOld(): Promise<void> {
  for (const name of await readdir(cache)) {
    const path = join(cache, name);
    if (!name.endsWith(key) && Date.now() - (await stat(path)).mtimeMs > DAY_MS) await rm(path, { recursive: true });
  }
}

const serverTemplates = new Map<string, Promise<string>>();

/** Name of a database of the server to make others from: made at the first use, stays on the server. */
export function serverTemplate(url: string, template: Template): Promise<string> {
  if (template === "empty") return Promise.resolve("template1");
  const name = `ltd_template_${template}_${key}`;
  const known = serverTemplates.get(url + name) ?? makeServerTemplate(url, name, template);
  serverTemplates.set(url + name, known);
  return known;
}

async function makeServerTemplate(url: string, name: string, template: Exclude<Template, "empty">): Promise<string> {
  const { from, fill } = made[template];
  const source = await serverTemplate(url, from);
  const server = await openServer(url);
  try {
    await server.transaction(async (tx) => {
      await tx.query("select pg_advisory_xact_lock(hashtext($1))", [name]);
      if ((await tx.query("select from pg_database where datname = $1", [name])).length > 0) return;
      await server.query(`drop database if exists ${name}_draft`);
      await server.query(`create database ${name}_draft template ${source}`);
      const draft = await openServer(withDatabase(url, `${name}_draft`));
      try {
        await fill(draft);
      } finally {
        await draft.close();
      }
      await server.query(`alter database ${name}_draft rename to ${name}`);
    });
  } finally {
    await server.close();
  }
  return name;
}

/** The address of another database of the server. */
export function withDatabase(url: string, name: string): string {
  const address = new URL(url);
  address.pathname = `/${name}`;
  return address.href;
}
