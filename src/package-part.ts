import { LtdError } from "./errors.ts";

/**
 * A package that can be missing or built for another machine. Says what does not work without it, and what to do.
 * Everything else works.
 */
interface Part {
  readonly effect: string;
  readonly hint: string;
}

const COMPILED = "needs a C++ compiler, make and Python 3";

/** The packages that are loaded at first use, each by the one file that imports it. */
const parts = {
  "onnxruntime-node": {
    effect: "ONNX Runtime cannot compute the student",
    hint: "npm install onnxruntime-node, which has binaries for Linux (glibc), macOS and Windows on x64 and arm64; or do without: LTD_ENGINE=wasm",
  },
  "hnswlib-node": {
    effect: "no HNSW graph can be built or read",
    hint: `npm rebuild hnswlib-node, which ${COMPILED}; or search exactly: --method exact`,
  },
  nodejieba: {
    effect: "jieba's dictionary cannot be read, of which the tables of a new student are made",
    hint: `npm rebuild nodejieba, which ${COMPILED}; bundled and trained models do without it`,
  },
  pg: {
    effect: "no server can be reached",
    hint: "npm install pg pg-copy-streams; the embedded database does without them",
  },
  "@electric-sql/pglite": {
    effect: "there is no embedded database",
    hint: "npm install @electric-sql/pglite @electric-sql/pglite-pgvector; a server (DATABASE_URL) does without them",
  },
} as const satisfies Record<string, Part>;

/** Name of a package that is loaded at first use. */
export type PartName = keyof typeof parts;

/**
 * Imports a file that needs an optional package, at its first use. So everything else works without that package.
 * @example const { HnswGraph } = await loadPart("hnswlib-node", () => import("./hnsw.ts"));
 * @throws LtdError "package" that names the package, what does not work, and what to do
 */
export async function loadPart<T>(name: PartName, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw unloadable(name, cause);
  }
}

/** Whether the file that stands on a package can be loaded: to choose another way in time. */
export async function isLoadable(load: () => Promise<unknown>): Promise<boolean> {
  return load().then(
    () => true,
    () => false,
  );
}

/** The error for a package that cannot be loaded. Its `cause` is what the loader threw, on this thread or a worker. */
function unloadable(name: PartName, cause: unknown): LtdError {
  const { effect, hint } = parts[name];
  // Node lists the modules that asked for it in further lines
  const [reason] = (cause instanceof Error ? cause.message : String(cause)).split("\n");
  return new LtdError("package", `the package ${name} cannot be loaded, so ${effect}: ${reason}`, { hint, cause });
}
