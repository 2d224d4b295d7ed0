import { setTimeout as pause } from "node:timers/promises";

/** Waits until `holds` gives true: what it waits for is asked again every few milliseconds. Throws after a minute, or `minutes`. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, minutes = 1): Promise<void> {
  const deadline = performance.now() + minutes * 60_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited ${minutes} min for this: ${what}`);
    await pause(5);
  }
}
