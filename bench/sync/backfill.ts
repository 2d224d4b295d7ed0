import { setTimeout } from "node:timers/promises";
import { createEmbedder, openIndex } from "../../src/index.ts";
import { peakMiB, startClock, type Span } from "../shared/clock.ts";
import { readCorpus } from "../shared/corpus.ts";
import { BATCH_SIZE } from "../shared/workload.ts";

/** One worker's part of a table that is loaded, in a process of its own. */
export interface BackfillMeasurement {
  /** Milliseconds since 1970 of the first claim and of the last row written. */
  startedAt: number;
  endedAt: number;
  /** Claim, read, embed, write. */
  embed: Span;
  /** The HNSW index; null where another worker built it. */
  build: (Span & { memory: string; workers: number }) | null;
  rows: number;
  /** Memory of the process after each number of rows: flat, if it does not grow with them. */
  memory: { rows: number; mib: number }[];
  peakMiB: number;
}

const MEMORY_SAMPLES = 10;

/** Syncs an index of the server at `url`, beginning at `startAt` (ms since 1970), so that several begin together. */
export async function measureBackfill(
  url: string,
  name: string,
  threads: number,
  rows: number,
  startAt: number,
): Promise<BackfillMeasurement> {
  const index = await openIndex({ index: name, database: url, threads });
  try {
    await index.embed(Array.from({ length: BATCH_SIZE * threads }, (_, n) => `第${n}个问题`));
    await setTimeout(Math.max(startAt - Date.now(), 0));
    const startedAt = Date.now();
    const clock = startClock();
    let endedAt = startedAt;
    let embed = clock();
    let settings: { memory: string; workers: number } | undefined;
    const memory: BackfillMeasurement["memory"] = [];
    const result = await index.sync({
      onProgress({ phase, done, build }) {
        if (phase === "embed") {
          endedAt = Date.now();
          embed = clock();
          if (done >= (memory.length * rows) / MEMORY_SAMPLES)
            memory.push({ rows: done, mib: process.memoryUsage.rss() / 2 ** 20 });
        }
        if (build) settings = { memory: build.memory, workers: build.workers };
      },
    });
    const whole = clock();
    const build = settings && {
      ...settings,
      seconds: whole.seconds - embed.seconds,
      cpuSeconds: whole.cpuSeconds - embed.cpuSeconds,
    };
    return {
      startedAt,
      endedAt,
      embed,
      build: build ?? null,
      rows: result.embedded + result.empty,
      memory,
      peakMiB: peakMiB(),
    };
  } finally {
    await index.close();
  }
}

/** The student alone on a sample of the same texts, in a process of its own. */
export interface StreamMeasurement {
  texts: number;
  /** Text to vector. */
  run: Span;
  peakMiB: number;
}

/** Texts that are sorted by length together: many, so that little is padded. */
const CHUNK = 8_192;

/** Embeds every `step`-th sentence of the first `rows`, two chunks under way at a time, so that no thread waits. */
export async function measureStream(
  file: string,
  rows: number,
  step: number,
  threads: number,
): Promise<StreamMeasurement> {
  const texts: string[] = [];
  for await (const text of readCorpus(file, rows, step)) texts.push(text);
  const embedder = await createEmbedder({ threads, batchSize: BATCH_SIZE });
  try {
    await embedder.embed(texts.slice(0, BATCH_SIZE * threads));
    const clock = startClock();
    let before: Promise<unknown> = Promise.resolve();
    for (let start = 0; start < texts.length; start += CHUNK) {
      const running = embedder.embed(texts.slice(start, start + CHUNK));
      await before;
      before = running;
    }
    await before;
    return { texts: texts.length, run: clock(), peakMiB: peakMiB() };
  } finally {
    await embedder.close();
  }
}
