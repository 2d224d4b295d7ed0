import { readFile } from "node:fs/promises";
import { z } from "zod";
import { sha256OfJson } from "../checksum.ts";
import { LtdError } from "../errors.ts";
import { damaged, EXPORT_AGAIN } from "./data-file.ts";

/** Version of the file format that this program reads and writes. */
const LOCAL_FORMAT = 1;

const hex = z.string().regex(/^[0-9a-f]{64}$/);
// a name, never a path: the files lie beside the sidecar
const dataFile = z.strictObject({ name: z.string().regex(/^[^/\\]+$/), bytes: z.int().nonnegative(), sha256: hex });
const threshold = z.number().min(-1).max(2).nullable();

const sidecarSchema = z.strictObject({
  format: z.literal(LOCAL_FORMAT),
  /** Name of the index that it was written from. */
  index: z.string(),
  generation: z.int().positive(),
  model: z.strictObject({ id: z.string(), fingerprint: z.string() }),
  /** D. */
  dims: z.int().positive(),
  metric: z.literal("cosine"),
  key: z.array(z.strictObject({ name: z.string(), type: z.string() })).min(1),
  template: z.string(),
  /** The index's own; null: the model's. */
  thresholds: z.strictObject({ answer: threshold, suggest: threshold, margin: threshold }),
  /** Words that the index weighs otherwise than its model: word, IDF, dictionary frequency. */
  weights: z.array(z.tuple([z.string(), z.number(), z.number().nullable()])),
  /** Further questions of rows: letters and digits of the question, and the row's key. */
  aliases: z.array(z.tuple([z.string(), z.array(z.string())])),
  /** Rows that can be found. */
  rows: z.int().nonnegative(),
  /** Labels that were given: rows, and what was removed since the graph was built. */
  labels: z.int().nonnegative(),
  /** How vectors are searched; null: exactly. */
  hnsw: z
    .strictObject({ m: z.int().positive(), efConstruction: z.int().positive(), efSearch: z.int().positive() })
    .nullable(),
  files: z.strictObject({ vectors: dataFile, rows: dataFile }),
  exportedAt: z.iso.datetime(),
  /** SHA-256 of this document without this field. */
  checksum: hex,
});

/** What a local file says of itself: the contents of the file that is named. */
export type Sidecar = z.infer<typeof sidecarSchema>;

/** The document with its checksum, as it is written. */
export function printSidecar(sidecar: Omit<Sidecar, "format" | "metric" | "checksum">): string {
  const document = { format: LOCAL_FORMAT, metric: "cosine", ...sidecar };
  return `${JSON.stringify({ ...document, checksum: sha256OfJson(document) }, null, 1)}\n`;
}

/** Reads and checks the sidecar. Throws LtdError "input" for a file that is not there, is none, is damaged, or of a newer format. */
export async function readSidecar(path: string): Promise<Sidecar> {
  const document = await parse(path);
  const { format } = document;
  if (typeof format === "number" && format > LOCAL_FORMAT) {
    throw new LtdError("input", `${path} has format ${format}; this program reads up to ${LOCAL_FORMAT}`, {
      hint: "update ltd-index",
    });
  }
  const parsed = sidecarSchema.safeParse(document);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw damaged(path, `${issue?.path.join(".") || "the document"}: ${issue?.message ?? "?"}`);
  }
  const { checksum, ...rest } = parsed.data;
  if (sha256OfJson(rest) !== checksum) throw damaged(path, "its checksum does not match its contents");
  return parsed.data;
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
