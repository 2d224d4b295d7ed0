import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { add } from "../../src/app/keep/add.ts";
import { init } from "../../src/app/keep/init.ts";
import { statusOf } from "../../src/app/status.ts";
import { sync } from "../../src/app/keep/sync.ts";
import { verify } from "../../src/app/operate/verify.ts";
import type { Database } from "../../src/db/database.ts";
import { sqlState } from "../../src/db/failure.ts";
import { getIndex } from "../../src/db/indexes/find-index.ts";
import { openServer } from "../../src/db/connect/server.ts";
import { createEmbedder, type Embedder } from "../../src/embed/embedder.ts";
import { LtdError } from "../../src/errors.ts";
import { randomFrom } from "../support/random.ts";
import { disturb, DISTURBED_TABLES, FAILING_FILTER, makeWorkerRole } from "./disturb.ts";

/** How much is to be broken. */
export interface ChaosOptions {
  url: string;
  seed: number;
  /** Workers killed with SIGKILL, at random points. */
  kills: number;
  /** Server stopped in immediate mode and started again; 0 needs no `crash`. */
  stops: number;
  crash?: () => Promise<void>;
  workers?: number;
  say?: (line: string) => void;
}

/** What was done, and what was wrong afterwards. */
export interface ChaosResult {
  statements: number;
  /** Times that rows were hidden or shown, or a table became a partition, was changed through its parent, or became a table again. */
  disturbances: number;
  rows: number;
  /** Snapshots that were verified while all went on. */
  snapshots: number;
  /** What is wrong: nothing, if all is well. */
  faults: string[];
}

const KEYS = 400;

/**
 * Writers insert, update, delete, change keys and truncate at random, workers are killed, the server is stopped, rows are hidden from the workers
 * by row-level security, a filter fails for some rows, and a table becomes a partition. Meanwhile and afterwards every entry must be that of its
 * row, or its key be queued.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { url, seed, kills, stops, workers = 2, say = () => {} } = options;
  const random = randomFrom(seed);
  const faults: string[] = [];
  const database = await openServer(url);
  const embedder = await createEmbedder({ threads: 1 });
  try {
    await init(database, embedder.model);
    await database.script(`create table faq (shop int, id bigint, title text, views int default 0, primary key (shop, id));
      insert into faq select g % 3, g, '第' || g || '个问题' from generate_series(1, ${KEYS / 2}) g`);
    await database.script(DISTURBED_TABLES);
    await add(database, embedder.model, { table: "faq", template: "{title}" });
    await add(database, embedder.model, { table: "faq", name: "fair", template: "{title}", where: FAILING_FILTER });
    await add(database, embedder.model, { table: "born", template: "{title}" });
    const workerUrl = await makeWorkerRole(database, url);

    const counts = { statements: 0, snapshots: 0, disturbances: 0 };
    let going = true;
    const isGoing = () => going;
    const writing = [1, 2].map((each) => write(database, randomFrom(seed + each), isGoing, () => counts.statements++));
    const checking = check(database, embedder, isGoing, faults, () => counts.snapshots++);
    const disturbing = disturb(database, randomFrom(seed + 3), isGoing, () => counts.disturbances++);
    const running = Array.from({ length: workers }, () => startWorker(workerUrl));

    for (let kill = 1; kill <= kills; kill++) {
      const at = Math.floor(random() * workers);
      const { child, ready } = running[at]!;
      // at work, most of them; some while they start
      if (random() < 0.9) await ready;
      await setTimeout(random() * 1_000);
      if (child.exitCode !== null) faults.push(`a worker ended by itself with ${child.exitCode}`);
      else if (child.kill("SIGKILL")) await once(child, "exit");
      running[at] = startWorker(workerUrl);
      // the stops lie between the kills
      if (Math.floor((kill * stops) / kills) > Math.floor(((kill - 1) * stops) / kills)) {
        await setTimeout(random() * 1_500);
        await options.crash!();
        say(`${kill} kills, server stopped; ${counts.statements} statements, ${counts.snapshots} snapshots verified`);
      }
    }
    going = false;
    await Promise.all([...writing, checking, disturbing]);
    await Promise.all(running.map((worker) => stopWorker(worker, faults)));
    await settle(database, embedder, faults);
    const [{ rows }] = (await database.query("select count(*)::int as rows from faq")) as [{ rows: number }];
    return { ...counts, rows, faults };
  } finally {
    await embedder.close();
    await database.close();
  }
}

interface Worker {
  readonly child: ChildProcess;
  /** Settled when it has begun to work. */
  readonly ready: Promise<unknown>;
}

function startWorker(url: string): Worker {
  const child = fork(join(import.meta.dirname, "worker.ts"), [url]);
  return { child, ready: Promise.race([once(child, "message"), once(child, "exit")]) };
}

/** A worker that is asked to end must end well. */
async function stopWorker({ child, ready }: Worker, faults: string[]): Promise<void> {
  await ready;
  if (child.exitCode !== null) return void faults.push(`a worker ended by itself with ${child.exitCode}`);
  const exit = once(child, "exit") as Promise<[number | null, string | null]>;
  child.kill("SIGTERM");
  const [code, signal] = await exit;
  if (code !== 0) faults.push(`a worker that was stopped ended with ${code ?? signal}`);
}

/** Writes until it is told to stop; what fails because of another writer or of the server is tried no more. */
async function write(
  database: Database,
  random: () => number,
  isGoing: () => boolean,
  onDone: () => void,
): Promise<void> {
  const any = (below: number) => Math.floor(random() * below);
  const texts = ["怎么退款", "如何修改地址", "忘记密码了", "发票怎么开", "？！", "优惠券可以叠加使用吗"];
  while (isGoing()) {
    const text = `${texts[any(texts.length)]}${any(5) === 0 ? "" : any(1_000)}`;
    const low = any(KEYS);
    const high = low + any(20);
    const kind = random();
    const [sql, parameters]: [string, unknown[]] =
      kind < 0.3
        ? [
            "insert into faq select g % 3, g, $3 || g from generate_series($1::int, $2::int) g on conflict do nothing",
            [low, high, text],
          ]
        : kind < 0.6
          ? ["update faq set title = $3 || id where id between $1 and $2", [low, high, text]]
          : kind < 0.7
            ? ["update faq set views = views + 1 where id between $1 and $2", [low, high]]
            : kind < 0.8
              ? ["update faq set id = $2 + 1000 where id = $1 and shop = 1", [low, high]]
              : kind < 0.985
                ? ["delete from faq where id between $1 and $2 or id > 1000 and id % 7 = $1::int % 7", [low, high]]
                : ["truncate faq", []];
    try {
      await database.transaction(async (tx) => {
        await tx.query(sql, parameters);
        if (random() < 0.1) await setTimeout(random() * 200);
        if (random() < 0.1) throw new Error("rolled back on purpose");
      });
      onDone();
    } catch (error) {
      // a key that is taken, two writers that wait for each other, a server that is away
      const state = sqlState(error) ?? "";
      const isOurs = error instanceof Error && error.message === "rolled back on purpose";
      if (!isOurs && !(error instanceof LtdError && error.code === "database")) throw error;
      if (!isOurs && state !== "23505" && state !== "40P01") await setTimeout(200);
    }
    await setTimeout(random() * 20);
  }
}

/** In every snapshot an entry is that of its row, or its key is queued. */
async function check(
  database: Database,
  embedder: Embedder,
  isGoing: () => boolean,
  faults: string[],
  onDone: () => void,
): Promise<void> {
  while (isGoing()) {
    await setTimeout(500);
    try {
      for (const name of ["faq", "fair"]) {
        const result = await verify(database, await getIndex(database, name), embedder);
        // the vector index is built and dropped as the table is filled and emptied
        if (result.examples.length > 0) faults.push(`meanwhile: ${JSON.stringify(result)}`);
        onDone();
      }
    } catch (error) {
      if (!(error instanceof LtdError)) throw error; // the server is away
    }
  }
}

/** Brings everything up to date and looks for what is wrong, by `verify` and by a comparison that shares no code with it. */
async function settle(database: Database, embedder: Embedder, faults: string[]): Promise<void> {
  for (const name of ["faq", "fair", "born"]) {
    // what became a partition is told, mended, and its rows are queued
    await verify(database, await getIndex(database, name), embedder, { repair: true });
    const index = await getIndex(database, name);
    await sync(database, index, embedder, { maxAttempts: 1 });
    const state = await statusOf(database, index);
    const [failing] = await database.query<{ rows: number }>(
      "select count(*)::int as rows from faq where (views + 1) % 4 = 0",
    );
    if (state.failed !== (name === "fair" ? failing!.rows : 0) || state.pending + state.leased > 0)
      faults.push(`${name} is not settled, ${failing!.rows} rows fail: ${JSON.stringify(state)}`);
    const result = await verify(database, index, embedder);
    if (!result.ok) faults.push(`afterwards: ${JSON.stringify(result)}`);
    const wrong = await database.query(comparison[name]!.replace("{{entry}}", `ltd.entry_${index.id}`), [
      `2${embedder.model.fingerprint}`, // 2: the form of an entry
    ]);
    if (wrong.length > 0) faults.push(`${name} by SQL: ${JSON.stringify(wrong.slice(0, 10))}`);
  }
}

const isOther = String.raw`e.content_hash is distinct from
  substring(sha256(convert_to($1, 'UTF8') || '\x00'::bytea || convert_to(s.title, 'UTF8')) for 16)`;

/** The rows whose entry is wrong, for each index. Of a row for which the filter fails nothing is said, but that its entry is of a row. */
const comparison: Record<string, string> = {
  faq: `select s.*, e.key_1, e.key_2 from faq s full join {{entry}} e on e.key_1 = s.shop and e.key_2 = s.id
    where s.id is null or e.key_2 is null or ${isOther}`,
  fair: `select s.*, e.key_1, e.key_2 from faq s full join {{entry}} e on e.key_1 = s.shop and e.key_2 = s.id
    where s.id is null or (s.views + 1) % 4 <> 0 and (e.key_2 is null or ${isOther})`,
  born: `select s.*, e.key from born s full join {{entry}} e on e.key = s.id where s.id is null or e.key is null or ${isOther}`,
};
