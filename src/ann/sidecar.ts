import { readFile } from "node:fs/promises";
import * as v from "valibot";
import { sha256OfJson } from "../checksum.ts";
import { LtdError } from "../errors.ts";
import { damaged, EXPORT_AGAIN } from "./data-file.ts";

/** Version of the file format that this program writes. It reads the older ones, too. 2: negative questions. */
const LOCAL_FORMAT = 2;

const hex = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const positive = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
// a name, never a path: the files lie beside the sidecar
const dataFile = v.strictObject({ name: v.pipe(v.string(), v.regex(/^[^/\\]+$/)), bytes: count, sha256: hex });
const threshold = v.nullable(v.pipe(v.number(), v.minValue(-1), v.maxValue(2)));

const sidecarSchema = v.strictObject({
  format: v.picklist([1, LOCAL_FORMAT]),
  /** Name of the index that it was written from. */
  index: v.string(),
  generation: positive,
  model: v.strictObject({ id: v.string(), fingerprint: v.string() }),
  /** D. */
  dims: positive,
  metric: v.literal("cosine"),
  key: v.pipe(v.array(v.strictObject({ name: v.string(), type: v.string() })), v.minLength(1)),
  template: v.string(),
  /** The index's own; null: the model's. Slope and offset of the log odds of chances, where it adjusts them. */
  thresholds: v.strictObject({
    answer: threshold,
    suggest: threshold,
    margin: threshold,
    slope: v.optional(v.pipe(v.number(), v.gtValue(0))),
    offset: v.optional(v.number()),
  }),
  /** Words whose weight differs from the model's: word, IDF, dictionary frequency. */
  weights: v.array(v.tuple([v.string(), v.number(), v.nullable(v.number())])),
  /** Further questions of rows: letters and digits of the question, and the row's key. */
  aliases: v.array(v.tuple([v.string(), v.array(v.string())])),
  /** Rows with negative questions: key, aliases and negative questions as they were given. Missing in format 1. */
  negatives: v.optional(v.array(v.tuple([v.array(v.string()), v.array(v.string()), v.array(v.string())]))),
  /** Rows that can be found. */
  rows: count,
  /** Labels that were given: rows, and what was removed since the graph was built. */
  labels: count,
  /** How vectors are searched; null: exactly. */
  hnsw: v.nullable(v.strictObject({ m: positive, efConstruction: positive, efSearch: positive })),
  files: v.strictObject({ vectors: dataFile, rows: dataFile }),
  exportedAt: v.pipe(v.string(), v.isoTimestamp()),
  /** SHA-256 of this document without this field. */
  checksum: hex,
});

/** What a local file says of itself: the contents of the file that is named. */
export type Sidecar = v.InferOutput<typeof sidecarSchema>;

/** The document with its checksum, as it is written. */
export function printSidecar(sidecar: Omit<Sidecar, "format" | "metric" | "checksum">): string {
  const document = { format: LOCAL_FORMAT, metric: "cosine", ...sidecar };
  return `${JSON.stringify({ ...document, checksum: sha256OfJson(document) }, null, 1)}\n`;
}

/**
 * Reads and checks the sidecar. Throws LtdError "input" for a file that is not there, is none, is damaged, or of a
 * newer format.
 */
export async function readSidecar(path: string): Promise<Sidecar> {
  const document = await parse(path);
  const { format } = document;
  if (typeof format === "number" && format > LOCAL_FORMAT) {
    throw new LtdError("input", `${path} has format ${format}; this program reads up to ${LOCAL_FORMAT}`, {
      hint: "update ltd-index",
    });
  }
  const parsed = v.safeParse(sidecarSchema, document);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw damaged(path, `${v.getDotPath(issue) ?? "the document"}: ${issue.message}`);
  }
  const { checksum, ...rest } = parsed.output;
  if (sha256OfJson(rest) !== checksum) throw damaged(path, "its checksum does not match its contents");
  return parsed.output;
}

async function parse(path: string): Promise<{ format?: unknown }> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw new LtdError(
      "input",
      isMissing ? `there is no file ${path}` : `${path} cannot be read: ${(cause as Error).message}`,
      {
        hint: "name a file that `ltd-index export INDEX --out FILE` has written",
        cause,
      },
    );
  }
  try {
    const document: unknown = JSON.parse(text);
    if (typeof document === "object" && document !== null && "format" in document) return document;
  } catch {
    // said below
  }
  throw new LtdError("input", `${path} is not a local index file`, {
    hint: `name the file itself, not one of those beside it; or ${EXPORT_AGAIN}`,
  });
}
