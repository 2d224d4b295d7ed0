import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "../../src/index.ts";
import type { Target } from "../sync/measure.ts";

/** Runs `work` on an empty database that is gone afterwards: a temporary embedded one, or a new one of the server at `url`. */
export function withEmptyDatabase<Result>(url: string | undefined, work: (target: Target) => Promise<Result>) {
  return url === undefined ? inFolder(work) : onServer(url, work);
}

async function inFolder<Result>(work: (target: Target) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "ltd-bench-"));
  try {
    return await work({ folder: join(folder, "db") });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function onServer<Result>(url: string, work: (target: Target) => Promise<Result>): Promise<Result> {
  const name = `ltd_bench_${process.pid}`;
  const server = await openDatabase({ url });
  try {
    await server.query(`create database ${name}`);
    try {
      const scratch = new URL(url);
      scratch.pathname = `/${name}`;
      return await work({ url: scratch.href });
    } finally {
      await server.query(`drop database ${name} with (force)`);
    }
  } finally {
    await server.close();
  }
}
