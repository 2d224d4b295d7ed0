import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { add } from "../../src/app/keep/add.ts";
import { init } from "../../src/app/keep/init.ts";
import { buildGeneration, rollbackGeneration, switchGeneration } from "../../src/app/operate/generation-shards.ts";
import { verifyEachShard } from "../../src/app/operate/verify-shards.ts";
import { getFront } from "../../src/app/shards/declared.ts";
import { addShard } from "../../src/app/shards/declare.ts";
import { status } from "../../src/app/shards/status.ts";
import { syncFront } from "../../src/app/shards/sync.ts";
import { verifyShards } from "../../src/app/shards/verify.ts";
import { openServer } from "../../src/db/connect/server.ts";
import type { Database } from "../../src/db/database.ts";
import { getIndex } from "../../src/db/indexes/find-index.ts";
import { loadModel } from "../../src/embed/model-package.ts";
import { LtdError } from "../../src/errors.ts";
import { randomFrom } from "../support/random.ts";
import { until } from "../support/until.ts";
import { startClusters } from "./clusters.ts";
import type { Told } from "./questioner.ts";
import { createJudge, MODELS, MOVING_FROM, QUESTIONS, shardOf, STILL, textsOf } from "./shard-rows.ts";
import type { SwitchTold } from "./switcher.ts";

/** How much is to be broken. */
export interface ShardChaosOptions {
  readonly seed: number;
  /** Processes and servers killed at random: workers, shards, the front, who asks, and who switches. */
  readonly kills: number;
  /** Shards, each a server of its own. */
  readonly servers: number;
  readonly say?: (line: string) => void;
}

const KINDS = ["shard", "worker", "switcher", "front", "questioner"] as const;
type Kind = (typeof KINDS)[number];

/** What was done, and what was wrong meanwhile or afterwards. */
export interface ShardChaosResult {
  statements: number;
  /** Questions that were answered, and those of them without the rows of some shard. */
  answers: number;
  partial: number;
  /** Generations built, switches and rollbacks that came to an end. */
  generations: number;
  /** What is wrong: nothing, if all is well. */
  faults: string[];
}

/**
 * A front is asked and its shards are written, while its generations are switched to and fro. Workers, shards, the
 * database of the front, who asks and who switches are killed at random. No answer may be of a wrong generation, or
 * lack the rows of a shard that it does not name; a switch that was cut off can be finished or undone; afterwards
 * nothing is wrong.
 */
export async function runShardChaos(options: ShardChaosOptions): Promise<ShardChaosResult> {
  const { seed, servers, kills, say = () => {} } = options;
  const names = Array.from({ length: servers }, (_, at) => `s${at}`);
  const chaos = new Chaos(await createJudge(names));
  const clusters = await startClusters(servers + 1);
  const [frontUrl, ...shardUrls] = clusters.urls as [string, ...string[]];
  const databases: Database[] = [];
  try {
    for (const url of clusters.urls) databases.push(await openServer(url));
    const [front, ...shards] = databases as [Database, ...Database[]];
    await declare(front, shards, shardUrls);
    const random = randomFrom(seed);
    let going = true;
    const writing = shards.map((shard, at) =>
      write(
        shard,
        at,
        servers,
        randomFrom(seed + 1 + at),
        () => going,
        () => chaos.result.statements++,
      ),
    );
    const workers = shardUrls.map((url) => chaos.run("worker.ts", url));
    const askers = [1, 2].map(() => chaos.run("questioner.ts", frontUrl, ...QUESTIONS));
    const switchers = [chaos.run("switcher.ts", frontUrl, ...MODELS)];
    const left: Kind[] = [];
    for (let kill = 0; kill < kills; kill++) {
      await Promise.all([...workers, ...askers, ...switchers].map(({ ready }) => ready));
      await setTimeout(random() * 3_000);
      const any = (of: readonly unknown[]) => Math.floor(random() * of.length);
      // each kind once before any comes again
      if (left.length === 0) left.push(...KINDS);
      const [kind] = left.splice(any(left), 1);
      if (kind === "worker") await chaos.kill(workers, any(workers));
      else if (kind === "questioner") await chaos.kill(askers, any(askers));
      else if (kind === "switcher") {
        await chaos.kill(switchers, 0);
        // or else the next kill comes while a switch is halfway
        if (random() < 0.5) await chaos.untilSwitched();
      } else {
        const server = kind === "front" ? 0 : 1 + any(shards);
        await clusters.kill(server, random() < 0.5 ? "QUIT" : "KILL");
        // a shard that is down must be named
        if (server > 0) await chaos.untilNamed(names[server - 1]!);
        await setTimeout(random() * 1_000);
        await clusters.start(server);
      }
      const { statements, answers, partial, generations } = chaos.result;
      say(
        `${kill + 1}: ${kind}; ${statements} statements, ${answers} answers, ${partial} partial, ${generations} generations`,
      );
    }
    going = false;
    await Promise.all(writing);
    await chaos.end(switchers, "SIGKILL");
    await finishOrUndo(front, shards, random, chaos.result.faults);
    await chaos.end(askers, "SIGTERM");
    await chaos.end(workers, "SIGTERM");
    await settle(front, shards, chaos.result.faults);
    return chaos.result;
  } finally {
    chaos.stop();
    await Promise.all(databases.map((database) => database.close()));
    await clusters.stop();
  }
}

interface Child {
  readonly process: ChildProcess;
  /** Settled when it has begun to work, or ended. */
  readonly ready: Promise<unknown>;
  readonly restart: () => Child;
}

/** The processes that work on the front, and what they told. */
class Chaos {
  readonly result: ShardChaosResult = { statements: 0, answers: 0, partial: 0, generations: 0, faults: [] };
  readonly #judge: (told: Told) => string | undefined;
  readonly #running = new Set<ChildProcess>();
  #named = new Set<string>();

  constructor(judge: (told: Told) => string | undefined) {
    this.#judge = judge;
  }

  run(file: string, ...args: string[]): Child {
    const process = fork(join(import.meta.dirname, file), args);
    this.#running.add(process);
    process.once("exit", () => this.#running.delete(process));
    if (file !== "worker.ts") process.on("message", (told: Told | SwitchTold) => this.#hear(told));
    return {
      process,
      ready: Promise.race([once(process, "message"), once(process, "exit")]),
      restart: () => this.run(file, ...args),
    };
  }

  /** Kills what still runs. */
  stop(): void {
    for (const process of this.#running) process.kill("SIGKILL");
  }

  async kill(children: Child[], at: number): Promise<void> {
    const { process, restart } = children[at]!;
    this.#mustRun(process);
    if (process.kill("SIGKILL")) await once(process, "exit");
    children[at] = restart();
  }

  /** Who is asked to end must end well. */
  async end(children: readonly Child[], signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    for (const { process, ready } of children) {
      await ready;
      this.#mustRun(process);
      if (process.exitCode !== null) continue;
      const exit = once(process, "exit");
      process.kill(signal);
      const [code, by] = (await exit) as [number | null, string | null];
      if (signal === "SIGTERM" && code !== 0) this.result.faults.push(`who was stopped ended with ${code ?? by}`);
    }
  }

  /** Waits until an answer says that the rows of this shard are missing. */
  async untilNamed(shard: string): Promise<void> {
    this.#named = new Set();
    await until(`an answer names the shard ${shard}`, () => this.#named.has(shard));
  }

  /** Waits until a step of who switches comes to an end: what was left halfway is finished or undone then. */
  async untilSwitched(): Promise<void> {
    const before = this.result.generations;
    await until("a switch is finished or undone", () => this.result.generations > before, 3);
  }

  #hear(told: Told | SwitchTold): void {
    const { result } = this;
    if (!("question" in told)) {
      if (told.done !== undefined) result.generations++;
      if (told.error !== undefined) result.faults.push(told.error);
      return;
    }
    result.answers++;
    if (told.partial.length > 0) result.partial++;
    for (const name of told.partial) this.#named.add(name);
    const fault = this.#judge(told);
    if (fault !== undefined) result.faults.push(`${fault}: ${JSON.stringify(told)}`);
  }

  #mustRun({ exitCode, spawnargs }: ChildProcess): void {
    if (exitCode !== null) this.result.faults.push(`${spawnargs[1]} ended by itself with ${exitCode}`);
  }
}

/** Makes the table and the index on each shard, and the front. */
async function declare(front: Database, shards: readonly Database[], urls: readonly string[]): Promise<void> {
  const model = await loadModel(MODELS[0]);
  await init(front, model);
  for (const [at, shard] of shards.entries()) {
    await init(shard, model);
    await shard.query("create table faq (id bigint primary key, title text)");
    const still = STILL.flatMap((title, row) =>
      shardOf(row + 1, shards.length) === at ? [{ id: row + 1, title }] : [],
    );
    await shard.query("insert into faq select * from unnest($1::bigint[], $2::text[])", [
      still.map(({ id }) => String(id)),
      still.map(({ title }) => title),
    ]);
    await add(shard, model, { table: "faq", template: "{title}" });
    await addShard(front, "faq", { name: `s${at}`, url: urls[at]!, deadlineMs: 10_000 });
  }
  const synced = await syncFront(front, await getFront(front, "faq"), { threads: 1 }, {});
  if (synced.embedded !== STILL.length) throw new Error(`not ready: ${JSON.stringify(synced)}`);
  await buildGeneration(front, "faq", await loadModel(MODELS[1]), { threads: 1 });
  await switchGeneration(front, "faq", { threads: 1 });
}

/** Changes the rows that are not still, until it is told to stop. */
async function write(
  database: Database,
  shard: number,
  shards: number,
  random: () => number,
  isGoing: () => boolean,
  onDone: () => void,
): Promise<void> {
  const any = (below: number) => Math.floor(random() * below);
  while (isGoing()) {
    const ids = Array.from({ length: 1 + any(4) }, () => String(MOVING_FROM + any(60) * shards + shard));
    const kind = random();
    const sql =
      kind < 0.6
        ? `insert into faq select distinct on (id) * from unnest($1::bigint[], $2::text[]) new (id, title)
           on conflict (id) do update set title = excluded.title`
        : "delete from faq where id = any ($1::bigint[]) and $2::text[] is not null";
    try {
      const texts = ids.map((id) => textsOf(Number(id)));
      await database.query(sql, [ids, texts.map((some) => some[any(some.length)]!)]);
      onDone();
    } catch (error) {
      if (!(error instanceof LtdError && error.code === "database")) throw error;
      await setTimeout(200); // the server is away
    }
    await setTimeout(random() * 1_000);
  }
}

/** What was left halfway is finished, or undone, at the first attempt; then all shards have what the front names. */
async function finishOrUndo(
  front: Database,
  shards: readonly Database[],
  random: () => number,
  faults: string[],
): Promise<void> {
  const liveOf = () => Promise.all(shards.map(async (shard) => (await getIndex(shard, "faq")).modelId));
  const declared = async () => (await getFront(front, "faq")).fingerprint.model;
  const isHalfway = new Set([...(await liveOf()), await declared()]).size > 1;
  const steps = random() < 0.5 ? [switchGeneration, rollbackGeneration] : [rollbackGeneration];
  for (const step of isHalfway ? steps : []) {
    try {
      await step(front, "faq", { threads: 1, leaseMs: 2_000 });
      break;
    } catch (error) {
      // it was a rollback that was cut off: that is finished by another one
      if (step === switchGeneration && /has no generation that is built/.test(String(error))) continue;
      faults.push(
        `what was left halfway cannot be ${step === switchGeneration ? "finished" : "undone"}: ${String(error)}`,
      );
    }
  }
  const [live, wanted] = [await liveOf(), await declared()];
  if (live.some((model) => model !== wanted)) faults.push(`the front names ${wanted}, its shards have ${live.join()}`);
}

/** Brings everything up to date and looks for what is wrong, by `verify` and by a comparison that shares no code with it. */
async function settle(front: Database, shards: readonly Database[], faults: string[]): Promise<void> {
  const record = await getFront(front, "faq");
  const synced = await syncFront(front, record, { threads: 1 }, {});
  if (synced.problems.length > 0 || synced.failed > 0 || synced.pending > 0) faults.push(JSON.stringify(synced));
  for (const result of await verifyEachShard(front, "faq", { threads: 1 }, {}))
    if (!result.ok) faults.push(`afterwards: ${JSON.stringify(result)}`);
  const compared = await verifyShards(front, "faq");
  if (!compared.ok) faults.push(`afterwards: ${JSON.stringify(compared)}`);
  const [{ problems }] = (await status(front, "faq")) as [Awaited<ReturnType<typeof status>>[number]];
  if (problems.length > 0) faults.push(`afterwards: ${problems.join("; ")}`);
  for (const shard of shards) {
    const { id } = await getIndex(shard, "faq");
    const wrong = await shard.query(
      `select s.id, e.key from faq s full join ltd.entry_${id} e on e.key = s.id
       where s.id is null or e.key is null or e.content_hash is distinct from
         substring(sha256(convert_to($1, 'UTF8') || '\\x00'::bytea || convert_to(s.title, 'UTF8')) for 16)`,
      [`2${record.fingerprint.modelChecksum}`],
    );
    if (wrong.length > 0) faults.push(`by SQL: ${JSON.stringify(wrong.slice(0, 10))}`);
  }
}
