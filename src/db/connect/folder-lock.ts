import { readFileSync, rmSync } from "node:fs";
import { link, mkdir, readFile, realpath, rm, rmdir, stat, unlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { LtdError } from "../../errors.ts";

/** Held while a folder is open: see {@link lockFolder}. */
export interface FolderLock {
  release(): Promise<void>;
}

/** What the lock file says. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly startedAt: string;
  /** The kernel's start time of the process, if available. Tells it from a later process with the same pid. */
  readonly processStart: string | null;
}

/** Longer than any takeover takes; a takeover that is older was cut off. */
const TAKEOVER_MS = 5_000;

/** What is said to others, `who` being the process that has the folder. */
type Busy = (who: string) => string;

const held = new Set<string>();
process.on("exit", () => {
  for (const path of held) rmSync(path, { force: true });
});

/**
 * Locks a folder for this process with the file `<folder>.lock`, which names it. Others get the message `busy`.
 *
 * The file of a process that has died is taken over. Throws LtdError("locked"), naming the holder. A holder on another
 * host cannot be looked up, so it counts as alive.
 */
export async function lockFolder(
  folder: string,
  busy: Busy = (who) => `the embedded database in ${folder} is open in ${who}`,
): Promise<FolderLock> {
  const path = join(await realpath(dirname(folder)), `${basename(folder)}.lock`);
  if (held.has(path)) throw lockedError(busy, path, thisProcess());
  held.add(path);
  try {
    if (!(await create(path))) await takeOver(busy, path);
  } catch (error) {
    held.delete(path);
    throw error;
  }
  return {
    async release() {
      if (held.delete(path)) await rm(path, { force: true });
    },
  };
}

function thisProcess(): Holder {
  const startedAt = new Date(Date.now() - process.uptime() * 1000).toISOString();
  return { pid: process.pid, host: hostname(), startedAt, processStart: processStart(process.pid) };
}

/**
 * Creates the file with its content in one step (a link), so that no reader sees half of it. False if the file exists.
 */
async function create(path: string): Promise<boolean> {
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(thisProcess())}\n`);
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  } finally {
    await unlink(draft);
  }
}

/**
 * Replaces the file of a dead holder. A guard folder lets one process at a time decide that, so that two never both
 * win.
 */
async function takeOver(busy: Busy, path: string): Promise<void> {
  const guard = `${path}.takeover`;
  const age = await stat(guard).then(
    (found) => Date.now() - found.mtimeMs,
    () => 0,
  );
  if (age > TAKEOVER_MS) await rmdir(guard).catch(() => {});
  try {
    await mkdir(guard);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
    throw lockedError(busy, path, await readHolder(path));
  }
  try {
    const holder = await readHolder(path);
    if (holder !== undefined && isAlive(holder)) throw lockedError(busy, path, holder);
    await rm(path, { force: true });
    if (!(await create(path))) throw lockedError(busy, path, await readHolder(path));
  } finally {
    await rmdir(guard).catch(() => {});
  }
}

/**
 * The owner of a lock file. Undefined if the file is gone or not one of ours: a crash of the machine can leave an empty
 * file.
 */
async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const holder = JSON.parse(await readFile(path, "utf8")) as Partial<Holder>;
    if (typeof holder.pid !== "number" || typeof holder.host !== "string") return undefined;
    return {
      pid: holder.pid,
      host: holder.host,
      startedAt: String(holder.startedAt),
      processStart: holder.processStart ?? null,
    };
  } catch {
    return undefined;
  }
}

function isAlive(holder: Holder): boolean {
  if (holder.host !== hostname()) return true;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (hasCode(error, "ESRCH")) return false;
  }
  // in containers each process is number 1, so the number alone says little
  const start = processStart(holder.pid);
  return start === null || holder.processStart === null || start === holder.processStart;
}

/** Boot and start time of a process in the kernel's words; null where there is no /proc. */
function processStart(pid: number): string | null {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const status = readFileSync(`/proc/${pid}/stat`, "utf8");
    // fields after the command's name, which may itself hold blanks and brackets: the 20th is the start time
    const ticks = status.slice(status.lastIndexOf(")") + 2).split(" ")[19];
    return ticks === undefined ? null : `${boot}/${ticks}`;
  } catch {
    return null;
  }
}

function lockedError(busy: Busy, path: string, holder: Holder | undefined): LtdError {
  const who =
    holder === undefined
      ? "another process"
      : `process ${holder.pid} on ${holder.host}, started ${holder.startedAt}${holder.pid === process.pid ? " (this one)" : ""}`;
  return new LtdError("locked", busy(who), {
    hint: `wait for it or stop it; if that process is gone, delete ${path}`,
  });
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
