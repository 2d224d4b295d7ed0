import type { Database } from "../../db/database.ts";
import type { GenerationState, IndexRecord } from "../../db/index-record.ts";
import { findFront, type Fingerprint } from "../../db/indexes/front.ts";
import { getIndex, readGenerations } from "../../db/indexes/find-index.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { LtdError } from "../../errors.ts";
import { fingerprintOf, firstDifference } from "./fingerprint.ts";

/** How a shard is reached. */
export interface ShardSource {
  readonly name: string;
  /** Its index there. */
  readonly index: string;
  readonly open: () => Promise<Database>;
  /** Whether its database is closed with it. */
  readonly owned: boolean;
}

/** A shard has no generation that can be compared with those of the other shards. */
export class OtherGeneration extends LtdError {}

/** After a failed attempt to connect, the next one is made this much later. */
const PAUSE_MS = 1_000;

/** One shard: connects when it is first asked, and again after a failure. */
export class Shard {
  readonly name: string;
  readonly #source: ShardSource;
  #opening: Promise<Database> | undefined;
  #failed: { readonly at: number; readonly error: unknown } | undefined;
  #generation: { readonly of: Fingerprint; readonly record: Promise<IndexRecord> } | undefined;

  constructor(source: ShardSource) {
    this.name = source.name;
    this.#source = source;
  }

  /**
   * Its database, with the schema of this program. Throws what went wrong when it was opened, for a second without
   * another attempt.
   */
  async database(): Promise<Database> {
    if (this.#failed !== undefined && performance.now() - this.#failed.at < PAUSE_MS) throw this.#failed.error;
    this.#failed = undefined;
    this.#opening ??= this.#open();
    return this.#opening;
  }

  /** The live generation of its index. */
  async live(): Promise<{ readonly database: Database; readonly record: IndexRecord }> {
    const { name, index } = this.#source;
    const database = await this.database();
    await requireNoFront(database, name, index);
    return { database, record: await getIndex(database, index) };
  }

  /** Runs `work` on the generation of this fingerprint, be it live or not. Throws {@link OtherGeneration}. */
  async run<T>(wanted: Fingerprint, work: (database: Database, record: IndexRecord) => Promise<T>): Promise<T> {
    const database = await this.database();
    if (this.#generation?.of !== wanted) {
      const record = findGeneration(database, this.#source, wanted);
      this.#generation = { of: wanted, record };
      record.catch(() => this.forget()); // the next question looks again
    }
    return work(database, await this.#generation.record);
  }

  /** Looks for the generation again at the next {@link run}. */
  forget(): void {
    this.#generation = undefined;
  }

  async close(): Promise<void> {
    if (!this.#source.owned) return;
    const database = await this.#opening?.catch(() => undefined);
    await database?.close();
  }

  async #open(): Promise<Database> {
    let database: Database | undefined;
    try {
      database = await this.#source.open();
      await requireSchema(database);
      return database;
    } catch (error) {
      if (this.#source.owned) await database?.close();
      this.#failed = { at: performance.now(), error };
      this.#opening = undefined;
      throw error;
    }
  }
}

/** Which of several generations that are alike is asked: the previous one is the first to be dropped. */
const PREFERRED: readonly GenerationState[] = ["live", "building", "previous"];

/** The generation of a shard's index that has this fingerprint. */
async function findGeneration(
  database: Database,
  { name, index }: ShardSource,
  wanted: Fingerprint,
): Promise<IndexRecord> {
  await requireNoFront(database, name, index);
  const all = (await readGenerations(database, index)).toSorted(
    (one, other) => PREFERRED.indexOf(one.state) - PREFERRED.indexOf(other.state),
  );
  for (const record of all)
    if (firstDifference(await fingerprintOf(database, record), wanted) === undefined) return record;
  const difference = firstDifference(await fingerprintOf(database, all[0]!), wanted)!;
  throw new OtherGeneration("index", `the shard ${name} cannot be compared with the others: ${difference}`, {
    hint: `bring its index ${index} to what the others have, then look again: ltd-index shard verify`,
  });
}

/** Throws LtdError "index" where the index of a shard is a front itself. */
async function requireNoFront(database: Database, shard: string, index: string): Promise<void> {
  if ((await findFront(database, index)) === undefined) return;
  throw new LtdError("index", `${index} of the shard ${shard} is a front itself`, {
    hint: "name the shards of that front, each by its own address",
  });
}
