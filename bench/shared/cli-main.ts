import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The command line program as it is installed, where it has been built, or else its source. */
export function cliMain(): string {
  const built = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
  return existsSync(built) ? built : fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
}
