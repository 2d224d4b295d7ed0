import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Indexes } from "./indexes.ts";

/** Counts what is asked, for Prometheus. */
export interface Metrics {
  /** One request of a route that ended with a status. */
  request(route: string, status: number, seconds: number): void;
  /** One question that was decided. */
  decided(index: string, decision: string): void;
  /** All of it as text, with the state of the indexes as the database has it now. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** Seconds: a question takes one to some ten milliseconds. */
const BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Metrics of one server, in a registry of its own. */
export function createMetrics(indexes: Indexes): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const seconds = new Histogram({
    name: "ltd_request_seconds",
    help: "Time of a request, by route and status.",
    labelNames: ["route", "status"],
    buckets: BUCKETS,
    registers,
  });
  const questions = new Counter({
    name: "ltd_questions_total",
    help: "Questions by index and decision: answer, suggest or none.",
    labelNames: ["index", "decision"],
    registers,
  });
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames: ["index"], registers });
  const entries = gauge("ltd_entries", "Rows with an entry.");
  const pending = gauge("ltd_pending", "Rows that wait for sync.");
  const failed = gauge("ltd_failed", "Rows that failed too often.");
  const oldest = gauge("ltd_oldest_pending_seconds", "Age of the oldest row that waits; 0 when none does.");

  return {
    contentType: registry.contentType,
    request: (route, status, took) => seconds.observe({ route, status }, took),
    decided: (index, decision) => questions.inc({ index, decision }),
    async text() {
      // the tables are the truth for all workers: one process speaks for them
      for (const [index, open] of indexes) {
        const state = await open.status();
        entries.set({ index }, state.entries);
        pending.set({ index }, state.pending);
        failed.set({ index }, state.failed);
        oldest.set({ index }, state.oldestSeconds ?? 0);
      }
      return registry.metrics();
    },
  };
}
