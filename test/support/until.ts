import { setTimeout as pause } from "node:timers/promises";

/** Waits until `holds` gives true: what it waits for is asked again every few milliseconds. Throws after a minute. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited a minute for this: ${what}`);
    await pause(5);
  }
}
