import { availableParallelism, cpus, loadavg } from "node:os";

/** What the figures were measured on. */
export interface Machine {
  cpu: string;
  cores: number;
  platform: string;
  node: string;
  /** Processes that ran, on average, in the minute before. */
  loadBefore: number;
}

/** This machine, now. */
export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    platform: `${process.platform}-${process.arch}`,
    node: process.versions.node,
    loadBefore: loadavg()[0] ?? 0,
  };
}

/** One line for a report. */
export function machineLine({ cpu, cores, platform, node, loadBefore }: Machine): string {
  return `${cpu}, ${cores} cores, load ${loadBefore.toFixed(1)} before; ${platform}, Node.js ${node}.\n`;
}
