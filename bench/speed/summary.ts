import type { Span } from "../shared/clock.ts";
import type { PassMeasurement } from "./passes.ts";
import type { TextKind } from "../shared/workload.ts";
import { median, ratio, type Ratio } from "../shared/ratio.ts";

/** A system that took part. */
export interface SystemInfo {
  name: string;
  kind: "student" | "bert";
  /** All files that it reads, in bytes. */
  bytes: number;
}

/** What was the same for all systems that are compared with each other. */
export interface Setting {
  texts: TextKind;
  threads: number;
  /** Texts that run through the network together. */
  batch: number;
}

/** Every round of one system in one setting. */
export interface SpeedMeasurement extends Setting {
  system: string;
  rounds: PassMeasurement[];
}

/** One line of the table: medians over the rounds. */
export interface SpeedRow extends Setting {
  system: string;
  /** Whether segmentation, or a BERT's tokenising, is in the time: string to vector, or input to vector. */
  segmentation: boolean;
  textsPerSecond: number;
  msPerText: number;
  /** Work of all threads of the process for one text. */
  cpuMsPerText: number;
  /** Of the model on disk. */
  bytes: number;
  /** Most bytes of memory that the process had, both kinds of texts in it. */
  peakMemory: number;
}

/** How many times as many texts a second a student does as another system. */
export interface SpeedRatio extends Setting, Ratio {
  student: string;
  system: string;
  segmentation: boolean;
}

/** Rows, and every student's ratio to every other system. */
export function summarizeSpeed(
  systems: readonly SystemInfo[],
  measurements: readonly SpeedMeasurement[],
): { rows: SpeedRow[]; ratios: SpeedRatio[] } {
  const infoOf = (name: string) => systems.find((system) => system.name === name)!;
  const rows: SpeedRow[] = [];
  const ratios: SpeedRatio[] = [];
  for (const { system, rounds, texts, threads, batch } of measurements) {
    const setting = { texts, threads, batch };
    const peakMemory = Math.max(...rounds.map((round) => round.peakMiB)) * 2 ** 20;
    for (const segmentation of [true, false]) {
      const spans = perText(rounds, segmentation);
      const seconds = median(spans.map((span) => span.seconds));
      rows.push({
        system,
        ...setting,
        segmentation,
        textsPerSecond: 1 / seconds,
        msPerText: seconds * 1000,
        cpuMsPerText: median(spans.map((span) => span.cpuSeconds)) * 1000,
        bytes: infoOf(system).bytes,
        peakMemory,
      });
      if (infoOf(system).kind !== "student") continue;
      for (const other of measurements) {
        const same = other.texts === texts && other.threads === threads && other.batch === batch;
        if (!same || infoOf(other.system).kind === "student") continue;
        const quotient = ratio(spans, perText(other.rounds, segmentation));
        ratios.push({ student: system, system: other.system, ...setting, segmentation, ...quotient });
      }
    }
  }
  return { rows, ratios };
}

function perText(rounds: readonly PassMeasurement[], segmentation: boolean): Span[] {
  return rounds.map(({ texts, whole, run }) => {
    const { seconds, cpuSeconds } = segmentation ? whole : run;
    return { seconds: seconds / texts, cpuSeconds: cpuSeconds / texts };
  });
}
