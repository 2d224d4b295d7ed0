import { readFileSync } from "node:fs";
import { packageRoot } from "./package-root.ts";

/**
 * The bytes of a module that `npm run engine` compiled. The page that answers by itself has src/page/wasm-file.ts in
 * its place.
 */
export function readModule(name: string): Uint8Array {
  return readFileSync(new URL(`dist/engine/${name}.wasm`, packageRoot));
}
