import { fork } from "node:child_process";
import type { EncoderMeasurement } from "./encoder.ts";
import type { PrepareMeasurement, SyncMeasurement, Target } from "./sync.ts";

/** What to measure. */
export type MeasureRequest = { rows: number; threads: number } & (
  | { name: "prepare"; target: Target }
  | { name: "sync"; target: Target }
  | { name: "student" }
  | { name: "teacher"; folder: string }
);

/** What a request of each name gives. */
export interface Measured {
  prepare: PrepareMeasurement;
  sync: SyncMeasurement;
  student: EncoderMeasurement;
  teacher: EncoderMeasurement;
}

/** The answer to a {@link MeasureRequest}. */
export type MeasureReply = { measured: Measured[keyof Measured] } | { error: string };

/**
 * Measures in a new process, so that the peak memory is that of one system.
 *
 * The request travels by a channel and not as arguments, which everybody on the machine can read.
 */
export function measureApart<Request extends MeasureRequest>(request: Request): Promise<Measured[Request["name"]]> {
  return new Promise((resolve, reject) => {
    const child = fork(new URL("../measure.ts", import.meta.url), { stdio: ["ignore", 2, 2, "ipc"] });
    let reply: MeasureReply | undefined;
    child.once("message", (message) => (reply = message as MeasureReply));
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (reply !== undefined && "measured" in reply) resolve(reply.measured as Measured[Request["name"]]);
      else reject(new Error(`${request.name}: ${reply?.error ?? `ended with ${signal ?? code} and without a result`}`));
    });
    child.send(request);
  });
}
