import type { Database } from "../../db/database.ts";
import { LtdError } from "../../errors.ts";
import type { Front, FrontState } from "../shards/front.ts";
import { clusterShards } from "../shards/cluster.ts";
import { dedupeShards } from "../shards/dedupe.ts";
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
  const onShards = <T>(
    given: AbortSignal | undefined,
    work: (of: FrontState & Pick<Front, "name" | "shards">, signal: AbortSignal) => Promise<T>,
  ): Promise<T> =>
    calls.run(undefined, () => {
      const signal = given ? AbortSignal.any([given, calls.closing]) : calls.closing;
      return front.latest((state) => work({ name, shards: front.shards, ...state }, signal));
    });
  const refuse = (method: string) => () => Promise.reject(notOverShards(name, method));
  return checkedIndex<Row>({
    ...questionsOf<Row>(name, asking, calls),
    sync: (options = {}) => onShards(options.signal, (of, signal) => syncShards(of.shards, of, { ...options, signal })),
    status: () => onShards(undefined, ({ shards, fingerprint }) => liveStatus(name, shards, fingerprint, STATUS_MS)),
    cluster: (options = {}) =>
      onShards(options.signal, (of, signal) => clusterShards(of, { threads, ...options, signal })),
    dedupe: (options = {}) =>
      onShards(options.signal, (of, signal) => dedupeShards(of, { threads, ...options, signal })),
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
