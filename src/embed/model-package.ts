import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import * as v from "valibot";
import { sha256, sha256OfJson } from "../checksum.ts";
import { LtdError } from "../errors.ts";
import { packageRoot } from "../package-root.ts";
import { buildTables, parseCharacters, type TextTables } from "../text/tables.ts";
import { WordColumns, type WordRow } from "../text/word-columns.ts";

/** Newest version of the package format that this program reads. Version 1 has no pieces of Latin words and numbers. */
const MODEL_FORMAT = 2;
/** Id of the model that comes with this npm package. */
export const DEFAULT_MODEL = "ltd-zh-2";
/** Models that came with earlier versions, and those that came in their place. */
const SUCCESSORS: Readonly<Record<string, string>> = { "ltd-zh-1": DEFAULT_MODEL, "ltd-zh-1-tiny": "ltd-zh-2-tiny" };
/** Every package has these files beside `model.json`. */
const MODEL_FILES = ["student.onnx", "chars.txt", "words.tsv.gz"] as const;

const REINSTALL =
  "get the package again (`npm install ltd-index`), or point --model at a folder that `ltd-index distill-data package` wrote";

const similarity = v.pipe(v.number(), v.minValue(-1), v.maxValue(1));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const positive = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const hex = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const source = v.strictObject({ name: v.string(), licence: v.string(), note: v.optional(v.string()) });

/** What people say about a model: the part of `model.json` that no program can find out. */
export const aboutSchema = v.strictObject({
  id: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9.-]*$/)),
  description: v.string(),
  licence: v.string(),
  /** D, the length of a vector. */
  dims: positive,
  /** Similarities for a decision where an index has none of its own. */
  thresholds: v.strictObject({ answer: similarity, suggest: similarity }),
  teacher: source,
  data: v.array(source),
  /** Scores on development sets, by set and system; the model card says how they are measured. */
  scores: v.record(v.string(), v.record(v.string(), v.nullable(v.number()))),
});

const file = v.strictObject({ bytes: positive, sha256: hex });

const modelSchema = v.strictObject({
  ...aboutSchema.entries,
  format: v.picklist([1, MODEL_FORMAT]),
  /** How text becomes the student's input; the names are those of algorithms of this program. */
  text: v.strictObject({
    normalization: v.literal("nfkc-lower-simplified-1"),
    segmentation: v.picklist(["jieba-mp-1", "jieba-mp-pieces-1"]),
    maxChars: positive,
    smoothing: v.pipe(v.number(), v.minValue(0)),
    documents: positive,
    embeddedWords: count,
  }),
  pooling: v.literal("idf-weighted-sum"),
  files: v.strictObject({ "student.onnx": file, "chars.txt": file, "words.tsv.gz": file }),
  /** SHA-256 of this document without this field. */
  checksum: hex,
});

/** The contents of `model.json`. */
export type ModelDescription = v.InferOutput<typeof modelSchema>;

/** A verified model package in memory. */
export interface ModelPackage {
  readonly folder: string;
  readonly description: ModelDescription;
  /**
   * SHA-256 of everything that a vector depends on. Packages that differ only in scores or thresholds have the same.
   */
  readonly fingerprint: string;
  /** Contents of `judge.json`: how similarities become a chance. Undefined for a package without one. */
  readonly judge: string | undefined;
  /** The ONNX graph of the student. */
  readonly graph: Uint8Array;
  readonly tables: TextTables;
  /** The word table as shipped: dictionary and base document frequencies. */
  readonly words: readonly WordRow[];
}

/** The checksum that belongs into a description: that of the description without `checksum`. */
export function checksumOf(description: Omit<ModelDescription, "checksum">): string {
  return sha256OfJson({ ...description, checksum: undefined });
}

/**
 * The folder of a model, from its path or id. An id is that of a bundled model or of one in the folder `models` of the
 * working directory. So a model of one's own that lies there is found by what the database says of an index.
 */
export function modelFolder(model: string = DEFAULT_MODEL): string {
  if (!/^[a-z0-9][a-z0-9.-]*$/.test(model)) return resolve(model);
  const bundled = fileURLToPath(new URL(`models/${model}/`, packageRoot));
  const own = resolve("models", model);
  return [bundled, own, resolve(model)].find((folder) => existsSync(folder)) ?? own;
}

/** What {@link loadModel} would say of a model that is not here; undefined for one that is. */
export function absentModel(model: string): LtdError | undefined {
  const folder = modelFolder(model);
  return existsSync(folder) ? undefined : noPackageAt(folder);
}

/**
 * Loads a model package and verifies every byte that a vector depends on.
 *
 * @param model an id or a folder, see {@link modelFolder}
 * @throws LtdError "model" for a package that is missing, damaged, incomplete or of another format
 * @example
 * const { description } = await loadModel("ltd-zh-2-tiny");
 * console.log(description.id, description.dims);
 */
export async function loadModel(model: string = DEFAULT_MODEL): Promise<ModelPackage> {
  const folder = modelFolder(model);
  const description = parseDescription(folder, await readPackageFile(folder, "model.json"));
  const [graph, characters, words] = await Promise.all(
    MODEL_FILES.map(async (name) => {
      const data = await readPackageFile(folder, name);
      const expected = description.files[name];
      if (data.length !== expected.bytes || sha256(data) !== expected.sha256) {
        throw new LtdError(
          "model",
          `${join(folder, name)} is damaged: ${data.length} bytes that are not those of model.json (${expected.bytes} bytes)`,
          {
            hint: REINSTALL,
          },
        );
      }
      return data;
    }),
  );
  const decoder = new TextDecoder();
  const columns = WordColumns.parse(gunzip(words!));
  const { documents, embeddedWords } = description.text;
  const tables = buildTables(parseCharacters(decoder.decode(characters)), columns, documents, embeddedWords);
  const judge = await readFile(join(folder, "judge.json"), "utf8").catch(() => undefined);
  const { dims, text, pooling, files } = description;
  const fingerprint = sha256OfJson({ dims, text, pooling, files });
  let rows: readonly WordRow[] | undefined;
  return {
    folder,
    description,
    fingerprint,
    judge,
    graph: graph!,
    tables,
    get words() {
      return (rows ??= [...columns]); // 140,000 objects, which no question needs
    },
  };
}

/** Most bytes that are made room for before they are there. */
const MOST_AT_ONCE = 2 ** 26;

/** Unpacks in one piece, a third faster than in many: the end of a file says how long its contents are. */
function gunzip(file: Uint8Array): Uint8Array {
  const bytes = Buffer.from(file.subarray(-4)).readUInt32LE();
  return gunzipSync(file, { chunkSize: Math.min(MOST_AT_ONCE, Math.max(1024, bytes + 1)) });
}

async function readPackageFile(folder: string, name: string): Promise<Uint8Array> {
  try {
    return await readFile(join(folder, name));
  } catch (cause) {
    const isFolder = await stat(folder).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (isFolder) {
      throw new LtdError("model", `the model package ${folder} has no readable ${name}`, { hint: REINSTALL, cause });
    }
    throw noPackageAt(folder, cause);
  }
}

function noPackageAt(folder: string, cause?: unknown): LtdError {
  const successor = SUCCESSORS[basename(folder)];
  return new LtdError("model", `there is no model package at ${folder}`, {
    hint:
      successor === undefined
        ? `${DEFAULT_MODEL} is bundled; your own model is found by its id in the folder "models" of the working directory, or by --model <folder>`
        : `${successor} is bundled in its place: \`ltd-index generation build <index> --model ${successor}\`, then \`ltd-index generation switch <index>\`; until then a copy of the old folder in the folder "models" of the working directory will do (docs/generations.md)`,
    cause,
  });
}

function parseDescription(folder: string, data: Uint8Array): ModelDescription {
  const path = join(folder, "model.json");
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(data));
  } catch (cause) {
    throw new LtdError("model", `${path} is damaged: it is not JSON`, { hint: REINSTALL, cause });
  }
  const format = (json as { format?: unknown } | null)?.format;
  if (typeof format === "number" && format > MODEL_FORMAT) {
    throw new LtdError("model", `${path} has format ${format}, this program reads formats up to ${MODEL_FORMAT}`, {
      hint: "update ltd-index: `npm install ltd-index@latest`",
    });
  }
  const parsed = v.safeParse(modelSchema, json);
  if (!parsed.success) {
    throw new LtdError("model", `${path} is damaged: ${v.summarize(parsed.issues).replaceAll("\n", " ")}`, {
      hint: REINSTALL,
    });
  }
  if (checksumOf(parsed.output) !== parsed.output.checksum) {
    throw new LtdError("model", `${path} is damaged: its checksum does not match its contents`, { hint: REINSTALL });
  }
  return parsed.output;
}
