import { readFileSync } from "node:fs";

/** The folder of this npm package, with a slash at its end: the parent of src/ and of dist/. */
export const packageRoot = new URL("../", import.meta.url);

/** The version of this package. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(new URL("package.json", packageRoot), "utf8")) as { version: string }).version;
}
