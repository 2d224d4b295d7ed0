import { readModule } from "./wasm-file.ts";

/** A `WebAssembly.Memory`. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** Bytes of a page, the unit in which a memory is made and grows. */
export const PAGE_BYTES = 65_536;

/** The part of WebAssembly that is used here: the types of Node.js lack it. */
declare const WebAssembly: {
  Memory: new (size: { initial: number }) => WasmMemory;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: unknown };
  validate(bytes: Uint8Array): boolean;
};

/** A memory of at least `bytes` bytes. Throws a RangeError above 4 GiB. */
export function wasmMemory(bytes: number): WasmMemory {
  return new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE_BYTES) });
}

/** Compiled once a process, by name. */
const modules = new Map<string, object>();

/**
 * What a module of `engine/` exports. Its memory is the caller's; `npm run engine` compiles the modules to
 * `dist/engine`.
 * @param names files without their ending, the preferred one first; the next one is taken where Node.js finds the
 *   instructions of the one before invalid
 */
export function instantiate<Exports>(memory: WasmMemory, names: readonly [string, ...string[]]): Exports {
  return new WebAssembly.Instance(compiled(names), { env: { memory } }).exports as Exports;
}

function compiled([name, ...others]: readonly [string, ...string[]]): object {
  let module = modules.get(name);
  if (module === undefined) {
    const bytes = readModule(name);
    const [next, ...rest] = others;
    module =
      next === undefined || WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : compiled([next, ...rest]);
    modules.set(name, module);
  }
  return module;
}
