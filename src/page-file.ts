import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { packageRoot } from "./package-root.ts";

/** A file of page/, which lies beside src/ and dist/. */
export function pageFile(name: string): string {
  return readFileSync(new URL(`page/${name}`, packageRoot), "utf8");
}

/** Joins modules of page/ into one script. They then share one scope, and each imports only those before it. */
export function pageScript(names: readonly string[]): string {
  return names
    .map((name) =>
      pageFile(`${name}.js`)
        .replace(/^import [^;]*;\n/gm, "")
        .replace(/^export /gm, ""),
    )
    .join("\n");
}

/** The page `name` with a value in place of each `{{name}}`. */
export function fillPage(name: string, values: Readonly<Record<string, string>>): string {
  return pageFile(name).replace(/\{\{(\w+)\}\}/g, (_, value: string) => values[value]!);
}

/** The script that a page has itself. */
export function scriptOf(name: string): string {
  return /<script>([^]*?)<\/script>/.exec(pageFile(name))![1]!;
}

/** A source of a content security policy: only a script or style of exactly this text. */
export function policySource(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

/** Escapes a text for markup and attributes. */
export function escapeMarkup(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
