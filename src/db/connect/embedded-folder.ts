import { existsSync } from "node:fs";
import { lstat, mkdir, readdir, realpath, rename, rm, rmdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { LtdError } from "../../errors.ts";

/** Written last: a folder that has it holds a whole cluster. */
const MARK = "PG_VERSION";
/** Holds a cluster while it is made. */
const UNFINISHED = "ltd-unfinished";
/** Holds a cluster that is whole, until all of it has been moved up. */
const FINISHED = "ltd-finished";

/** Files that an empty folder may have: those of the file system and of the desktop. */
const HARMLESS = /^(\..*|lost\+found)$/;

/**
 * The true path of the folder of an embedded database, links resolved, so that its lock is one. Its parent is made
 * where missing.
 *
 * @throws LtdError "database" for a file, a link to nothing, and a folder that has other things in it
 */
export async function databaseFolder(folder: string): Promise<string> {
  const path = resolve(folder);
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (found === undefined) {
    const isLink = await lstat(path).then(
      () => true,
      () => false,
    );
    if (isLink) throw unusable(`${folder} is a link to a folder that does not exist`);
    await mkdir(dirname(path), { recursive: true });
    return join(await realpath(dirname(path)), basename(path));
  }
  if (!found.isDirectory()) throw unusable(`${folder} is a file, not a folder`);
  const names = await readdir(path);
  const isOurs = [MARK, FINISHED, UNFINISHED].some((name) => names.includes(name));
  const foreign = names.filter((name) => !HARMLESS.test(name));
  if (!isOurs && foreign.length > 0) {
    throw unusable(`the folder ${folder} has no database, but ${foreign.length} other files (${foreign[0]}, …)`);
  }
  return realpath(path);
}

/**
 * Creates a cluster in `folder` if there is none. `create` fills a folder that is in it. The files are moved up when it
 * is done, the mark last. A process that is killed, or a disk that is full, leaves nothing that could be taken for a
 * database; the next call starts over.
 */
export async function requireCluster(folder: string, create: (draft: string) => Promise<void>): Promise<void> {
  if (existsSync(join(folder, MARK))) return;
  const finished = join(folder, FINISHED);
  if (!existsSync(finished)) {
    const draft = join(folder, UNFINISHED);
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft, { recursive: true });
    try {
      await create(draft);
    } catch (error) {
      await rm(draft, { recursive: true, force: true });
      await rmdir(folder).catch(() => {}); // only when it is empty
      throw error;
    }
    await rename(draft, finished);
  }
  const names = await readdir(finished);
  for (const name of [...names.filter((each) => each !== MARK), MARK])
    await rename(join(finished, name), join(folder, name));
  await rmdir(finished);
}

function unusable(what: string): LtdError {
  return new LtdError("database", what, {
    hint: "name a folder that is empty or does not exist: --database-folder, or LTD_DATABASE_FOLDER",
  });
}
