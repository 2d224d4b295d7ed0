import { readFileSync } from "node:fs";

/** A stretch of time: as the clock on the wall has it, and as the cores of this process (all its threads) worked. */
export interface Span {
  seconds: number;
  cpuSeconds: number;
}

/** Starts to measure; the function returned gives the span since then. */
export function startClock(): () => Span {
  const started = performance.now();
  const cpuBefore = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(cpuBefore);
    return { seconds: (performance.now() - started) / 1000, cpuSeconds: (user + system) / 1e6 };
  };
}

/** Ticks a second of the times in /proc, on all systems that have it. */
const TICKS = 100;

/** CPU seconds of another process since its start, all its threads; undefined without /proc. */
export function cpuSecondsOf(pid: number): number | undefined {
  try {
    // after the name, which may hold blanks: state is the first field, utime and stime the 12th and 13th
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    return undefined;
  }
}

/** Milliseconds that half, and 95 of 100, of single calls stay within. */
export interface Latency {
  p50Ms: number;
  p95Ms: number;
}

/** Calls `ask` with each question, one after the other. */
export async function measureLatency(
  questions: readonly string[],
  ask: (question: string) => Promise<unknown>,
): Promise<Latency> {
  const times: number[] = [];
  for (const question of questions) {
    const started = performance.now();
    await ask(question);
    times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? Number.NaN;
  return { p50Ms: at(0.5), p95Ms: at(0.95) };
}

/**
 * The most memory that this process ever had, in MiB.
 *
 * Linux counts what the parent had at the fork, too: the parent must stay small, and sync.ts does.
 */
export function peakMiB(): number {
  return process.resourceUsage().maxRSS / 1024;
}
