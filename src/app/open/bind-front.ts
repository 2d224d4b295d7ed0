import type { Database } from "../../db/database.ts";
import { LtdError } from "../../errors.ts";
import type { Front } from "../shards/front.ts";
import { clusterShards } from "../shards/cluster.ts";
import { liveStatus } from "../shards/status.ts";
import { syncShards } from "../shards/sync.ts";
import { askFront } from "./ask-front.ts";
import { Calls } from "./calls.ts";
import { checkedIndex } from "./checked-index.ts";
import type { Index } from "./opened.ts";
import { questionsOf } from "./questions.ts";

/** How long a shard is waited for to count its entries: who asks is often a probe. */
const STATUS_MS = 3_000;

/** A front as an open index. `owned`: the database of the front, to be closed with it. */
export function bindFront<Row extends object>(
  front: Front,
  owned: Database | undefined,
  threads: number | undefined,
): Index<Row> {
  const { name } = front;
  const calls = new Calls(`the index ${name}`);
  const asking = askFront(front);
  const refuse = (method: string) => () => Promise.reject(notOverShards(name, method));
  return checkedIndex<Row>({
    ...questionsOf<Row>(name, asking, calls),
    sync: (options = {}) =>
      calls.run(undefined, async () => {
        const signal = options.signal ? AbortSignal.any([options.signal, calls.closing]) : calls.closing;
        return syncShards(front.shards, { name, ...(await front.latest()) }, { ...options, signal });
      }),
    status: () =>
      calls.run(undefined, async () => liveStatus(name, front.shards, (await front.latest()).fingerprint, STATUS_MS)),
    cluster: (options = {}) =>
      calls.run(undefined, async () => {
        const signal = options.signal ? AbortSignal.any([options.signal, calls.closing]) : calls.closing;
        const { fingerprint } = await front.latest();
        return clusterShards({ name, shards: front.shards, fingerprint }, { threads, ...options, signal });
      }),
    dedupe: refuse("dedupe"),
    feedback: refuse("feedback"),
    gaps: refuse("gaps"),
    close: () =>
      calls.close(async () => {
        await asking.close();
        await owned?.close();
      }),
  });
}

function notOverShards(name: string, method: string): LtdError {
  return new LtdError("usage", `${method} does not work over the shards of ${name}`, {
    hint: "open the index of one shard, by its own database; docs/scale.md says what works over all",
  });
}
