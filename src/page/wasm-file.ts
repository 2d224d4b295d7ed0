/** The modules of engine/, which the page holds. */
export const modules = new Map<string, Uint8Array>();

/** The bytes of a module, as src/wasm-file.ts reads them from a file. */
export function readModule(name: string): Uint8Array {
  return modules.get(name)!;
}
