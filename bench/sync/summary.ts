import type { Latency, Span } from "../shared/clock.ts";
import type { EncoderMeasurement } from "../shared/encoder.ts";
import type { PrepareMeasurement, SyncMeasurement } from "./measure.ts";
import { median, ratio, type Ratio } from "../shared/ratio.ts";

/** A table from empty to done. */
export type WholeSync = SyncMeasurement & { prepare: PrepareMeasurement };

/** Every measurement of every system, one a round. */
export interface Measurements {
  "sync-embedded"?: WholeSync[];
  "sync-server"?: WholeSync[];
  student?: EncoderMeasurement[];
  teacher?: EncoderMeasurement[];
}

/** One line of the table: medians over the rounds. */
export interface Speed {
  rowsPerSecond: number;
  /** Work of all threads of the process for one row. */
  cpuMsPerRow: number;
  /** Absent where a single question was not measured. */
  question?: Latency;
  /** Until the first vector: database, model, session. Absent where `question` is. */
  startSeconds?: number;
  peakMiB: number;
}

/** Seconds of each step of a table from empty to done, medians over the rounds. */
export interface Steps {
  init: number;
  add: number;
  start: number;
  embed: number;
  build: number;
  /** The check of the thresholds. */
  check: number;
  total: number;
  /** Peak memory of the process of `init` and `add`. */
  preparePeakMiB: number;
}

/** Medians and ratios of a run. */
export interface Summary {
  speeds: Record<string, Speed>;
  ratios: Record<string, Ratio>;
  steps: Record<string, Steps>;
  cosines: Record<string, EncoderMeasurement["cosine"]>;
  rounds: Measurements;
}

/** @param rows N, that every system did in every round */
export function summarize(measurements: Measurements, rows: number): Summary {
  const summary: Summary = { speeds: {}, ratios: {}, steps: {}, cosines: {}, rounds: measurements };
  const spans: Record<string, Span[]> = {};
  const put = (name: string, took: Span[], system: readonly (WholeSync | EncoderMeasurement)[], asks = true) => {
    spans[name] = took;
    summary.speeds[name] = {
      rowsPerSecond: median(took.map((span) => rows / span.seconds)),
      cpuMsPerRow: median(took.map((span) => (span.cpuSeconds * 1000) / rows)),
      ...(asks && {
        question: medianLatency(system.map((each) => each.question)),
        startSeconds: median(system.map((each) => each.start.seconds)),
      }),
      peakMiB: median(system.map((each) => each.peakMiB)),
    };
  };
  for (const name of ["sync-embedded", "sync-server"] as const) {
    const system = measurements[name];
    if (system === undefined) continue;
    const embed = system.map((each) => each.embed);
    put(name, embed, system);
    summary.steps[name] = medianSteps(system);
  }
  for (const name of ["student", "teacher"] as const) {
    const system = measurements[name];
    if (system === undefined) continue;
    const whole = system.map(({ encode, run }) => ({
      seconds: encode.seconds + run.seconds,
      cpuSeconds: encode.cpuSeconds + run.cpuSeconds,
    }));
    const model = system.map((each) => each.run);
    put(name, whole, system);
    put(`${name}-model`, model, system, false);
    summary.cosines[name] = system[0]!.cosine;
  }
  for (const [one, other] of [
    ["sync-embedded", "student"],
    ["sync-server", "student"],
    ["student", "teacher"],
    ["student-model", "teacher-model"],
    ["sync-embedded", "teacher"],
    ["sync-server", "teacher"],
  ] as const) {
    const [numerator, denominator] = [spans[one], spans[other]];
    if (numerator && denominator) summary.ratios[`${one} / ${other}`] = ratio(numerator, denominator);
  }
  return summary;
}

function medianLatency(latencies: readonly Latency[]): Latency {
  return {
    p50Ms: median(latencies.map((each) => each.p50Ms)),
    p95Ms: median(latencies.map((each) => each.p95Ms)),
  };
}

function medianSteps(system: readonly WholeSync[]): Steps {
  const steps = system.map(({ prepare, start, embed, build, check }) => {
    const seconds = {
      init: prepare.init.seconds,
      add: prepare.add.seconds,
      start: start.seconds,
      embed: embed.seconds,
      build: build.seconds,
      check,
    };
    const total = Object.values(seconds).reduce((sum, each) => sum + each, 0);
    return { ...seconds, total, preparePeakMiB: prepare.peakMiB };
  });
  const names = Object.keys(steps[0]!) as (keyof Steps)[];
  return Object.fromEntries(names.map((name) => [name, median(steps.map((each) => each[name]))])) as unknown as Steps;
}
