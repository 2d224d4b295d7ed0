import { readFileSync } from "node:fs";
import { packageRoot } from "../package-root.ts";
import type { Batch } from "./batch.ts";
import { layOutStudent, type StudentExports, type WasmMemory } from "./wasm-layout.ts";

/**
 * Projections of characters and words that are kept, each of them 8 x H numbers: the ones that occur again cost a look-up
 * in place of a product. 1,024 characters cover 95 % of a text; 8 MB each at H = 256.
 */
const SLOTS = 1024;

/** A student that computes in WebAssembly, one text at a time, on the thread that calls it. */
export interface WasmStudent {
  /** B texts, float32 [B, D]. */
  run(batch: Batch): Float32Array;
}

/** The part of WebAssembly that is used here: the types of Node.js lack it. */
declare const WebAssembly: {
  Memory: new (size: { initial: number }) => WasmMemory;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: unknown };
  validate(bytes: Uint8Array): boolean;
};

/**
 * Opens a student in WebAssembly: `engine/student.ts`, compiled. The one with relaxed SIMD (Node 22 and newer) where it
 * runs, else the one that every Node 20 has.
 *
 * @throws {RangeError} for a graph whose matrices are not integers, or that is no student of distill/export.py
 */
export function openWasmStudent(graph: Uint8Array, { relaxed = true }: { relaxed?: boolean } = {}): WasmStudent {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const instance = new WebAssembly.Instance(compiled(relaxed), { env: { memory } });
  const student = instance.exports as StudentExports;
  const { dims, adapt, room } = layOutStudent(graph, memory, student, SLOTS);
  return {
    run({ batch, length, charIds, wordIds, weights, lengths }) {
      const vectors = new Float32Array(batch * dims);
      // Ids are small: the low halves of the numbers are all of them.
      const [charLow, wordLow] = [new Int32Array(charIds.buffer), new Int32Array(wordIds.buffer)];
      for (let text = 0; text < batch; text++) {
        const own = Number(lengths[text]!);
        room.fit(own);
        for (let at = 0; at < own; at++) {
          room.charIds[at] = charLow[2 * (text * length + at)]!;
          room.wordIds[at] = wordLow[2 * (text * length + at)]!;
          room.weights[at] = weights[text * length + at]!;
        }
        const vector = new Float32Array(memory.buffer, student.embed(own), dims);
        vectors.set(adapt ? adapt(vector) : vector, text * dims);
      }
      return vectors;
    },
  };
}

/** Compiled once a process, by whether relaxed SIMD was asked for. */
const modules = new Map<boolean, object>();

function compiled(relaxed: boolean): object {
  let module = modules.get(relaxed);
  if (module === undefined) {
    const bytes = readWasm(relaxed);
    // a Node.js without relaxed SIMD finds its instructions invalid
    module = relaxed && !WebAssembly.validate(bytes) ? compiled(false) : new WebAssembly.Module(bytes);
    modules.set(relaxed, module);
  }
  return module;
}

function readWasm(relaxed: boolean): Uint8Array {
  return readFileSync(new URL(`dist/engine/student${relaxed ? "-relaxed" : ""}.wasm`, packageRoot));
}
