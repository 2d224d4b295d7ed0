import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { dataPaths, loadVectors } from "../../ann/local-file.ts";
import type { ModelPackage } from "../../embed/model-package.ts";
import { fileError } from "../../file-error.ts";
import { parseJudge } from "../../judge/chance/judge-file.ts";
import { packageRoot } from "../../package-root.ts";
import { escapeMarkup, fillPage, pageFile, pageScript, policySource, scriptOf } from "../../page-file.ts";
import { readModule } from "../../wasm-file.ts";
import type { EmbedderSettings } from "../same-embedder.ts";
import { openLocal, type OpenLocal } from "./open.ts";
import { MODULES, packVectors, type PackedAbout } from "./packed.ts";

/** What `exportPage` did. */
export interface ExportPageResult {
  index: string;
  file: string;
  rows: number;
  bytes: number;
  seconds: number;
}

/** Writes one HTML file that answers offline, from the file that `exportTo` writes. */
export async function writePage(
  name: string,
  file: string,
  exportTo: (path: string) => Promise<{ readonly rows: number }>,
  settings: EmbedderSettings,
): Promise<ExportPageResult> {
  const started = performance.now();
  const folder = await mkdtemp(join(tmpdir(), "ltd-page-"));
  const draft = `${file}.part`;
  try {
    const path = join(folder, "index.ltd");
    const { rows } = await exportTo(path);
    const local = await openLocal(path, settings);
    let html: string;
    try {
      html = await pageOf(name, path, local);
    } finally {
      await local.close();
    }
    try {
      await writeFile(draft, html);
      await rename(draft, file);
    } catch (cause) {
      throw fileError(cause, `${file} cannot be written`);
    }
    const seconds = (performance.now() - started) / 1000;
    return { index: name, file, rows, bytes: Buffer.byteLength(html), seconds };
  } finally {
    await rm(folder, { recursive: true, force: true });
    await rm(draft, { force: true });
  }
}

async function pageOf(index: string, path: string, { file, searchable }: OpenLocal): Promise<string> {
  const { sidecar } = file;
  const { model } = searchable.embedder;
  const { id, dims, text, thresholds } = model.description;
  const about: PackedAbout = {
    index,
    dims: sidecar.dims,
    sidecar,
    description: { id, dims, text, thresholds },
    judge: packedJudge(model),
  };
  const { data } = await loadVectors(dataPaths(path, sidecar).vectors, sidecar);
  const rows = await file.rows.read(Array.from({ length: sidecar.labels }, (_, label) => label));
  const parts: Record<string, Uint8Array | string> = {
    graph: model.graph,
    words: await readFile(join(model.folder, "words.tsv.gz")),
    chars: await readFile(join(model.folder, "chars.txt")),
    about: JSON.stringify(about),
    rows: rows.map((row) => JSON.stringify(row)).join("\n"),
    vectors: packVectors(data, sidecar.dims),
  };
  for (const name of MODULES) parts[`wasm-${name}`] = readModule(name);
  const held = Object.entries(parts).map(([name, part]) => {
    const packed = name === "words" ? (part as Buffer) : gzipSync(part, { level: 9 });
    return `<script type="application/octet-stream" id="${name}">${packed.toString("base64")}</script>`;
  });
  return fill(await readFile(new URL("dist/page/answer.js", packageRoot), "utf8"), held.join("\n"), index);
}

/** The judge without its lexicon, which the page reads from its lines. */
function packedJudge({ judge, description, folder }: ModelPackage): PackedAbout["judge"] {
  if (judge === undefined) return null;
  const { lexicon: _parsed, ...rest } = parseJudge(judge, description.id, folder);
  return rest;
}

/** The page: nothing in it but its own scripts runs, and nothing is loaded. */
function fill(answer: string, data: string, index: string): string {
  const style = pageFile("ask.css");
  const shared = pageScript(["element", "ask"]);
  const own = scriptOf("answer.html");
  const policy = [
    "default-src 'none'",
    `style-src ${policySource(style)}`,
    `script-src 'wasm-unsafe-eval' ${[answer, shared, own].map(policySource).join(" ")}`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return fillPage("answer.html", {
    policy,
    title: escapeMarkup(index),
    style: `<style>${style}</style>`,
    data: `${data}\n<script>${answer}</script>`,
    script: `<script>${shared}</script>`,
  });
}
