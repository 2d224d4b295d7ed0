import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);

/** Does a step and says on stderr how long it took. */
export async function timed<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  const started = performance.now();
  const result = await work();
  process.stderr.write(`${what}: ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  return result;
}

/** Runs a script of distill/ and gives what it prints. */
export function runScript(python: string, name: string, args: readonly string[]): Promise<string> {
  return run(python, [fileURLToPath(new URL(`distill/${name}`, root)), ...args]);
}

/** Runs the command line of this checkout and gives what it prints. */
export function runVerb(args: readonly string[]): Promise<string> {
  return run(process.execPath, [fileURLToPath(new URL("src/cli/main.ts", root)), ...args]);
}

async function run(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<number | null>((done, reject) => {
    child.once("close", done);
    child.once("error", (error) => reject(new Error(`${command} cannot be run: ${error.message}`)));
  });
  const [code, printed] = await Promise.all([ended, text(child.stdout)]);
  if (code !== 0) throw new Error(`a step ended with ${code}: ${command} ${args.join(" ")}`);
  return printed;
}
