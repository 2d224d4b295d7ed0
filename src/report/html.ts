import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { packageRoot } from "../package-root.ts";
import { toPageData } from "./page-data.ts";
import type { ReportData } from "./report-data.ts";

/** The page's modules; each imports only those before it. */
const SCRIPTS = ["words", "document", "grid", "colours", "dots", "names", "map", "side", "curve", "sections", "main"];

/**
 * One HTML file that draws a report: no network, no other file, and a content security policy that forbids both, so
 * that whatever the texts of rows may hold, nothing but the page's own script runs. Some 3 MB for 50,000 rows.
 *
 * @example
 * const database = await openDatabase();
 * await writeFile("faq.html", reportHtml(await report(database, "faq")));
 */
export function reportHtml(data: ReportData): string {
  const style = asset("style.css");
  const script = `"use strict";\n{\n${SCRIPTS.map(asScript).join("\n")}}\n`;
  const policy = [
    "default-src 'none'",
    "img-src data:",
    `style-src '${digest(style)}'`,
    `script-src '${digest(script)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const values: Record<string, string> = {
    policy,
    title: escapeMarkup(`${data.index} · ltd-index`),
    style: `<style>${style}</style>`,
    data: `<script type="application/json" id="data">${escapeJson(JSON.stringify(toPageData(data)))}</script>`,
    script: `<script>${script}</script>`,
  };
  return asset("page.html").replace(/\{\{(\w+)\}\}/g, (_, name: string) => values[name]!);
}

/** A module without its imports and exports: in the page all share one scope. */
function asScript(name: string): string {
  return asset(`${name}.js`)
    .replace(/^import [^;]*;\n/gm, "")
    .replace(/^export /gm, "");
}

/** A file of page/, which lies beside src/ and dist/. */
function asset(name: string): string {
  return readFileSync(new URL(`page/${name}`, packageRoot), "utf8");
}

/** As a content security policy names a script or style. */
function digest(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

/**
 * JSON that can stand in a script element: nothing in it ends the element or begins a comment. It stays the same JSON.
 */
function escapeJson(json: string): string {
  return json.replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function escapeMarkup(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
