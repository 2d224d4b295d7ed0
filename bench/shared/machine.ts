import { readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";

/** What the figures were measured on. */
export interface Machine {
  cpu: string;
  cores: number;
  /** Those that matter to the arithmetic of a network, where the system says what it has. */
  instructions: readonly string[];
  platform: string;
  node: string;
  /** Processes that ran, on average, in the minute before. */
  loadBefore: number;
}

const INSTRUCTIONS = [
  "avx2",
  "avx512f",
  "avx_vnni",
  "avx512_vnni",
  "avx512_bf16",
  "amx_int8",
  "amx_bf16",
  "asimddp",
  "i8mm",
  "sve",
];

/** Linux lists them; elsewhere nothing is known. */
function instructionSets(): string[] {
  try {
    const flags = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1] ?? "";
    const known = new Set(flags.split(" "));
    return INSTRUCTIONS.filter((each) => known.has(each));
  } catch {
    return [];
  }
}

/** This machine, now. */
export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    instructions: instructionSets(),
    platform: `${process.platform}-${process.arch}`,
    node: process.versions.node,
    loadBefore: loadavg()[0] ?? 0,
  };
}

/** One line for a report. */
export function machineLine({ cpu, cores, instructions, platform, node, loadBefore }: Machine): string {
  const known = instructions.length > 0 ? ` (${instructions.join(", ")})` : "";
  return `${cpu}${known}, ${cores} cores, load ${loadBefore.toFixed(1)} before; ${platform}, Node.js ${node}.\n`;
}
