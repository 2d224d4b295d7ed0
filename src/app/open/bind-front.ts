import type { Database } from "../../db/database.ts";
import type { Front, FrontState } from "../shards/front.ts";
import type { QuestionSource } from "../loop/question-log.ts";
import { clusterShards } from "../shards/cluster.ts";
import { dedupeShards } from "../shards/dedupe.ts";
import { ShardLogs } from "../shards/logs.ts";
import { feedbackFront, gapsFront } from "../shards/loop.ts";
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
  { threads, source = "library" }: { threads: number | undefined; source: QuestionSource | undefined },
): Index<Row> {
  const { name } = front;
  const calls = new Calls(`the index ${name}`);
  const logs = new ShardLogs(source);
  const asking = askFront(front, logs);
  const onShards = <T>(
    given: AbortSignal | undefined,
    work: (of: FrontState & Pick<Front, "name" | "shards">, signal: AbortSignal) => Promise<T>,
  ): Promise<T> =>
    calls.run(undefined, () => {
      const signal = given ? AbortSignal.any([given, calls.closing]) : calls.closing;
      return front.latest((state) => work({ name, shards: front.shards, ...state }, signal));
    });
  return checkedIndex<Row>({
    ...questionsOf<Row>(name, asking, calls),
    sync: (options = {}) => onShards(options.signal, (of, signal) => syncShards(of.shards, of, { ...options, signal })),
    status: () => onShards(undefined, ({ shards, fingerprint }) => liveStatus(name, shards, fingerprint, STATUS_MS)),
    cluster: (options = {}) =>
      onShards(options.signal, (of, signal) => clusterShards(of, { threads, ...options, signal })),
    dedupe: (options = {}) =>
      onShards(options.signal, (of, signal) => dedupeShards(of, { threads, ...options, signal })),
    feedback: (given) =>
      calls.run(undefined, async () => {
        await logs.flush();
        return feedbackFront(front, given);
      }),
    gaps: (options = {}) =>
      calls.run(undefined, async () => {
        await logs.flush();
        const signal = options.signal ? AbortSignal.any([options.signal, calls.closing]) : calls.closing;
        return gapsFront(front, { threads, ...options, signal });
      }),
    close: () =>
      calls.close(async () => {
        await asking.close();
        await owned?.close();
      }),
  });
}
