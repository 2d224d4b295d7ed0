import { instantiate, wasmMemory } from "../wasm.ts";
import type { Batch } from "./batch.ts";
import { layOutStudent, type StudentExports } from "./wasm-layout.ts";

/**
 * Cached projections of characters and of words, each 8 x H numbers. One that occurs again costs a look-up in place of
 * a product. 1,024 characters cover 95 % of a text; 8 MB each at H = 256.
 */
const SLOTS = 1024;

/** Modules to try, the preferred one first. Before Node.js 22 the instructions of relaxed SIMD are invalid. */
const MODULES = { relaxed: ["student-relaxed", "student"], plain: ["student"] } as const;

/** A student that computes in WebAssembly, one text at a time, on the thread that calls it. */
export interface WasmStudent {
  /** B texts, float32 [B, D]. */
  run(batch: Batch): Float32Array;
}

/**
 * Opens a student in WebAssembly: `engine/student.ts`, compiled. The one with relaxed SIMD (Node 22 and newer) where it
 * runs, else the one that every Node 20 has.
 *
 * @throws {RangeError} for a graph whose matrices are not integers, or that is no student of distill/export.py
 */
export function openWasmStudent(graph: Uint8Array, { relaxed = true }: { relaxed?: boolean } = {}): WasmStudent {
  const memory = wasmMemory(1);
  const student = instantiate<StudentExports>(memory, MODULES[relaxed ? "relaxed" : "plain"]);
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
