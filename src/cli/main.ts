#!/usr/bin/env node
import module from "node:module";

// Keeps V8's compiled code between runs, where Node has it (22.1 on); the rest is imported after it, or it would be
// compiled again.
module.enableCompileCache?.();
const { describe, run } = await import("./run.ts");
const { fileError } = await import("../file-error.ts");

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (!stop.signal.aborted) return stop.abort();
    // The second time at once, by the signal itself: process.exit would end threads within ONNX Runtime, which then
    // crashes.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
// A reader such as `head` may leave before everything is written: then the rest is not wanted.
let readerLeft = false;
// It is told by the verb that writes on, or here where it came behind the last line.
let failed: NodeJS.ErrnoException | undefined;
let isOver = false;
const tell = (error: NodeJS.ErrnoException): void => {
  process.stderr.write(`${describe(fileError(error, "standard output cannot be written"), false)}\n`);
  process.exitCode = 1;
};
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  readerLeft = error.code === "EPIPE";
  if (!readerLeft) failed = error;
  if (failed !== undefined && isOver) tell(failed);
  stop.abort();
});

const { stdin, stdout, stderr, env } = process;
const exitCode = await run(
  { stdin, stdout, stderr, environment: env, signal: stop.signal, exitCode: 0 },
  process.argv.slice(2),
);
isOver = true;
process.exitCode = readerLeft ? 0 : exitCode;
if (failed !== undefined && exitCode !== 1) tell(failed);
