/** Builds generations of a front, switches and rolls back, without end. May be killed at any moment. */
import { setTimeout } from "node:timers/promises";
import {
  buildGeneration,
  listShards,
  loadModel,
  LtdError,
  openDatabase,
  rollbackGeneration,
  switchGeneration,
  type Database,
  type GenerationResult,
} from "../../src/index.ts";

/** What was done, or what went wrong, as it is sent to the parent. */
export interface SwitchTold {
  readonly done?: "built" | "switched" | "rolled back";
  readonly error?: string;
}

type Done = NonNullable<SwitchTold["done"]>;

// short leases: who is killed holds rows for so long
const how = { threads: 1, batchRows: 16, leaseMs: 2_000 };
const [url, ...models] = process.argv.slice(2) as [string, ...string[]];
const steps: Record<Done, (front: Database) => Promise<GenerationResult>> = {
  async built(front) {
    const [declared] = await listShards(front, "faq");
    const other = models.find((model) => model !== declared!.fingerprint.model)!;
    return buildGeneration(front, "faq", await loadModel(other), how);
  },
  switched: (front) => switchGeneration(front, "faq", how),
  "rolled back": (front) => rollbackGeneration(front, "faq", how),
};
/** Refusals that say what is to be done in place of a step. */
const instead: [said: RegExp, next: Done][] = [
  [/has no generation that is built/, "rolled back"],
  [/has no generation that was live before|the shard \S+ has no generation of/, "built"],
  [/is being built, with another model/, "switched"],
];

process.once("disconnect", () => process.exit());
process.send?.({} satisfies SwitchTold); // it may be killed from now on
let database: Database | undefined;
// whoever was killed may have left a switch halfway: it is finished or undone first
let next: Done = Math.random() < 0.5 ? "switched" : "rolled back";
for (;;) {
  try {
    database ??= await openDatabase({ url });
    await steps[next](database);
    process.send?.({ done: next } satisfies SwitchTold);
    next = next === "built" ? "switched" : Math.random() < 0.3 ? "built" : "rolled back";
  } catch (error) {
    if (!(error instanceof LtdError)) throw error;
    const better = instead.find(([said]) => said.test(error.message));
    if (better !== undefined) next = better[1];
    // a server is away: the same step again finishes what was begun
    else if (error.code === "database") await setTimeout(500);
    else process.send?.({ error: `${next}: ${error.code}: ${error.message}` } satisfies SwitchTold);
  }
}
