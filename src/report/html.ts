import { escapeMarkup, fillPage, pageFile, pageScript, policySource } from "../page-file.ts";
import { toPageData } from "./page-data.ts";
import type { ReportData } from "./report-data.ts";

/** The page's modules. */
const SCRIPTS = [
  "words",
  "element",
  "document",
  "grid",
  "colours",
  "dots",
  "names",
  "map",
  "side",
  "curve",
  "sections",
  "main",
];

/**
 * The page of a report, as one self-contained HTML file. It uses no network and no other file, and a content security
 * policy forbids both: whatever the rows contain, only the page's own script runs. Some 3 MB for 50,000 rows.
 * @example
 * const database = await openDatabase();
 * await writeFile("faq.html", reportHtml(await report(database, "faq")));
 */
export function reportHtml(data: ReportData): string {
  const style = pageFile("style.css");
  const script = `"use strict";\n{\n${pageScript(SCRIPTS)}}\n`;
  const policy = [
    "default-src 'none'",
    "img-src data:",
    `style-src ${policySource(style)}`,
    `script-src ${policySource(script)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return fillPage("page.html", {
    policy,
    title: escapeMarkup(`${data.index} · ltd-index`),
    style: `<style>${style}</style>`,
    data: `<script type="application/json" id="data">${escapeJson(JSON.stringify(toPageData(data)))}</script>`,
    script: `<script>${script}</script>`,
  });
}

/** JSON for a script element: nothing in it ends the element or begins a comment. It stays the same JSON. */
function escapeJson(json: string): string {
  return json.replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
