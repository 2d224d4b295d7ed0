#!/usr/bin/env node
import module from "node:module";

// Keeps V8's compiled code between runs, where Node has it (22.1 on); the rest is imported after it, or it would be compiled again.
module.enableCompileCache?.();
const { run } = await import("./run.ts");

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (!stop.signal.aborted) return stop.abort();
    // The second time at once, by the signal itself: process.exit would end threads within ONNX Runtime, which then crashes.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
// A reader such as `head` may leave before everything is written: then the rest is not wanted.
let readerLeft = false;
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  readerLeft = true;
  stop.abort();
});

const { stdin, stdout, stderr, env } = process;
const exitCode = await run(
  { stdin, stdout, stderr, environment: env, signal: stop.signal, exitCode: 0 },
  process.argv.slice(2),
);
process.exitCode = readerLeft ? 0 : exitCode;
