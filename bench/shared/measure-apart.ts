import { fork } from "node:child_process";
import type { BertShape } from "../speed/shapes/bert.ts";
import type { AskMeasurement, AskSettings } from "../ask/measure.ts";
import type { BackfillMeasurement, StreamMeasurement } from "../sync/backfill.ts";
import type { DedupeMeasurement } from "../dedupe/measure.ts";
import type { EncoderMeasurement } from "./encoder.ts";
import type { PassMeasurement, System } from "../speed/passes.ts";
import type { Profile } from "../speed/profile.ts";
import type { PrepareMeasurement, SyncMeasurement, Target } from "../sync/measure.ts";

/** What to measure, or what to prepare for it. */
export type MeasureRequest =
  | { name: "prepare"; target: Target; rows: number; characters?: number | undefined }
  | { name: "sync"; target: Target; rows: number; threads: number; characters?: number | undefined }
  | { name: "backfill"; url: string; index: string; threads: number; rows: number; startAt: number }
  | { name: "stream"; file: string; rows: number; step: number; threads: number }
  | { name: "prepare-dedupe"; target: Target; corpus: string; rows: number; threads: number }
  | { name: "dedupe"; target: Target; method: "exact" | "hnsw" }
  | ({ name: "ask" } & AskSettings)
  | { name: "student"; rows: number; threads: number }
  | { name: "teacher"; folder: string; rows: number; threads: number }
  | { name: "write-bert"; folder: string; shape: BertShape; seed: number }
  | { name: "open"; system: System; threads: number; batch: number }
  | { name: "pass"; texts: readonly string[]; seconds: number }
  | { name: "profile"; model: string; batch: number; texts: readonly string[]; seconds: number };

/** What a request of each name gives. */
export interface Measured {
  prepare: PrepareMeasurement;
  sync: SyncMeasurement;
  backfill: BackfillMeasurement;
  stream: StreamMeasurement;
  "prepare-dedupe": void;
  dedupe: DedupeMeasurement;
  ask: AskMeasurement;
  student: EncoderMeasurement;
  teacher: EncoderMeasurement;
  "write-bert": void;
  open: void;
  pass: PassMeasurement;
  profile: Profile;
}

/** The answer to a {@link MeasureRequest}. */
export type MeasureReply = { measured: Measured[keyof Measured] } | { error: string };

/** A process that measures, one request after the other. */
export interface Apart {
  measure<Request extends MeasureRequest>(request: Request): Promise<Measured[Request["name"]]>;
  /** Ends the process, and waits for it. */
  close(): Promise<void>;
}

/**
 * Starts a process, so that the peak memory is that of one system.
 *
 * Requests travel by a channel and not as arguments, which everybody on the machine can read.
 */
export function startApart(): Apart {
  const child = fork(new URL("./measure.ts", import.meta.url), { stdio: ["ignore", 2, 2, "ipc"] });
  let settle: ((reply: MeasureReply) => void) | undefined;
  child.on("message", (reply: MeasureReply) => settle?.(reply));
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(`ended with ${signal ?? code} and without a result`));
  });
  return {
    async measure<Request extends MeasureRequest>(request: Request) {
      const replied = new Promise<MeasureReply>((resolve) => (settle = resolve));
      child.send(request, () => {}); // a process that is gone is reported by `ended`
      const reply = await Promise.race([replied, ended.then((error) => ({ error }))]);
      if ("error" in reply) throw new Error(`${request.name}: ${reply.error}`);
      return reply.measured as Measured[Request["name"]];
    },
    async close() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

/** One request to a process of its own. */
export async function measureApart<Request extends MeasureRequest>(
  request: Request,
): Promise<Measured[Request["name"]]> {
  const apart = startApart();
  try {
    return await apart.measure(request);
  } finally {
    await apart.close();
  }
}
