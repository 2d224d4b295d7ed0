import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file system of its own with few megabytes, for what a full disk does. */
export interface SmallDisk {
  readonly folder: string;
  /** Gives it another size. */
  resize(megabytes: number): void;
  remove(): void;
}

/** Mounts a tmpfs; a line that says why where that cannot be done (it takes root on Linux). */
export function smallDisk(megabytes: number): SmallDisk | string {
  const folder = mkdtempSync(join(tmpdir(), "ltd-disk-"));
  const remove = () => rmSync(folder, { recursive: true });
  const mount = (...options: string[]) => execFileSync("mount", [...options, folder], { stdio: "pipe" });
  try {
    mount("-t", "tmpfs", "-o", `size=${megabytes}m`, "ltd-test");
  } catch (error) {
    remove();
    return `a small disk cannot be mounted here (root on Linux can): ${String((error as Error).message).split("\n")[0]}`;
  }
  return {
    folder,
    resize: (size) => void mount("-o", `remount,size=${size}m`),
    remove() {
      execFileSync("umount", ["--lazy", folder]);
      remove();
    },
  };
}
