import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** What the npm package weighs, in bytes. */
export interface Shipped {
  /** The tarball that npm downloads. */
  packed: number;
  unpacked: number;
  /** Sum of each folder and each single file at the top. */
  top: Record<string, number>;
  /** Every file of `models/`. */
  models: Record<string, number>;
}

interface Pack {
  size: number;
  unpackedSize: number;
  files: { path: string; size: number }[];
}

/** Asks npm what it would pack: `dist/` has to be built. */
export async function readShipped(): Promise<Shipped> {
  const { stdout } = await promisify(execFile)("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: fileURLToPath(new URL("../../", import.meta.url)),
    shell: process.platform === "win32", // npm is a script there
    maxBuffer: 2 ** 24,
  });
  const pack = Object.values(JSON.parse(stdout) as Record<string, Pack>)[0];
  if (pack === undefined) throw new Error("npm pack said nothing");
  const top: Record<string, number> = {};
  for (const { path, size } of pack.files) {
    const name = path.includes("/") ? `${path.split("/")[0]}/` : path;
    top[name] = (top[name] ?? 0) + size;
  }
  const models = pack.files.filter(({ path }) => path.startsWith("models/")).map(({ path, size }) => [path, size]);
  return { packed: pack.size, unpacked: pack.unpackedSize, top, models: Object.fromEntries(models) };
}
