import type { Span } from "./clock.ts";

/** How many times as fast one is as the other; smallest and largest over the rounds. */
export interface Ratio {
  median: number;
  min: number;
  max: number;
  /** The same by work of the cores instead of time, median: what stays when other processes take the cores away. */
  byCpu: number;
}

/** Median of the values, at least one. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Two systems that did the same work in each round. */
export function ratio(one: readonly Span[], other: readonly Span[]): Ratio {
  const times = one.map((span, round) => other[round]!.seconds / span.seconds);
  return {
    median: median(times),
    min: Math.min(...times),
    max: Math.max(...times),
    byCpu: median(one.map((span, round) => other[round]!.cpuSeconds / span.cpuSeconds)),
  };
}
