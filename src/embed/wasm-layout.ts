import { halvesToFloats } from "../vector/half.ts";
import { PAGE_BYTES, type WasmMemory } from "../wasm.ts";
import { ADAPTER } from "./onnx-adapter.ts";
import { readTensors, type OnnxTensor } from "./onnx-tensors.ts";

/** What `engine/student.ts` exports; the numbers are addresses in its memory, or sizes. */
export interface StudentExports {
  setSizes(
    charWidth: number,
    wordWidth: number,
    hidden: number,
    headUnits: number,
    dims: number,
    inputStep: number,
  ): void;
  setTables(charTable: number, charScales: number, wordTable: number, wordScales: number): void;
  setLstm(
    charIn: number,
    wordIn: number,
    recurrent: number,
    inScales: number,
    recurrentScales: number,
    biases: number,
  ): void;
  setHead(
    headWeights: number,
    headScales: number,
    headBiases: number,
    downWeights: number,
    downScales: number,
    downSums: number,
  ): void;
  setRoom(start: number, maxChars: number, charSlots: number, wordSlots: number): number;
  charIdsAt(): number;
  wordIdsAt(): number;
  weightsAt(): number;
  embed(length: number): number;
}

/** A student that lies in memory. */
export interface LaidOut {
  /** D. */
  dims: number;
  /** What `tune` put behind the student, for a vector of unit length; undefined for one that was not tuned. */
  adapt: ((vector: Float32Array) => Float32Array) | undefined;
  /** Where a text is written before `embed`. */
  room: TextRoom;
}

/** The input of one text, views of the memory; {@link fit} first. */
export interface TextRoom {
  /** Makes room for a text of so many characters. */
  fit(length: number): void;
  readonly charIds: Int32Array;
  readonly wordIds: Int32Array;
  readonly weights: Float32Array;
}

/** Room for as many characters as the bundled models read is made at once. */
const LEAST_CHARS = 128;
/** The compiled module keeps what it needs itself below this address. */
const START = 1024;
const GATES = 4;
/** Weights have 7 bits: stored with 64 added, they are never below 0. See engine/student.ts. */
const WEIGHT_ZERO = 64;
const [BLOCK_COLUMNS, BLOCK_ROWS] = [32, 4] as const;
const [FLOAT, UINT8, INT8, FLOAT16] = [1, 2, 3, 10] as const;

/**
 * Lays out the numbers of a student of integers for `engine/student.ts`: the tables as they are, matrices in blocks, the
 * gates of four units beside each other.
 *
 * @param slots projections of characters, and of words, that are kept
 * @throws {RangeError} for a graph of another shape, or one in floats
 */
export function layOutStudent(graph: Uint8Array, memory: WasmMemory, student: StudentExports, slots: number): LaidOut {
  const tensors = readTensors(graph);
  const take = (name: string, type: number): OnnxTensor => {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new RangeError(`the graph has no constant ${name}`);
    if (tensor.type !== type) throw new RangeError(`${name} has the type ${tensor.type} in place of ${type}`);
    return tensor;
  };
  const floats = (name: string) => new Float32Array(take(name, FLOAT).data.buffer);
  const bytes = (name: string) => new Int8Array(take(name, INT8).data.buffer);
  const halves = (name: string) => halvesToFloats(new Uint16Array(take(name, FLOAT16).data.buffer));

  const [charTable, wordTable] = [take("char_table", UINT8), take("word_table", UINT8)];
  const [charWidth, wordWidth] = [2 * charTable.dims[1]!, 2 * wordTable.dims[1]!];
  const inputs = charWidth + wordWidth;
  const [headUnits, dims] = take("down_w", INT8).dims as [number, number];
  const pooled = take("head_w", INT8).dims[0]!;
  const hidden = (pooled - inputs) / 2;
  const [width, columns] = take("lstm_w", INT8).dims.slice(1) as [number, number];
  const units = columns / GATES;
  for (const size of [hidden / 8, charWidth / 8, wordWidth / 8, headUnits / BLOCK_COLUMNS, dims / BLOCK_COLUMNS])
    if (!Number.isInteger(size) || size <= 0) throw new RangeError("its sizes are no multiples of 8 and 32");
  if (units < hidden || width < inputs) throw new RangeError("its LSTM does not fit its inputs");

  const at = new Allocator(memory);
  // where the graph has our columns: (direction, gate, unit) -> (direction, column of its gates)
  const ours = Array.from({ length: 2 * GATES * hidden }, (_, column) => gateOf(column, hidden, units));
  const ofGates = (values: Float32Array, place: (direction: number, column: number) => number) =>
    at.putFloats(Float32Array.from(ours, ([direction, column]) => values[place(direction, column)]!));
  const input = (first: number) =>
    Int32Array.from(ours, ([direction, column]) => (direction * width + first) * columns + column);
  const states = Int32Array.from(ours, ([direction, column]) => {
    const first = direction === 0 ? units - hidden : 0;
    return (direction * units + first) * columns + column;
  });
  const [inputWeights, stateWeights, bias] = [bytes("lstm_w"), bytes("lstm_r"), floats("lstm_b")];

  const inputStep = Math.fround((2 * floats("range")[1]!) / 255);
  student.setSizes(charWidth, wordWidth, hidden, headUnits, dims, inputStep);
  student.setTables(
    at.putBytes(charTable.data),
    at.putFloats(halves("char_scale")),
    at.putBytes(wordTable.data),
    at.putFloats(halves("word_scale")),
  );
  const charIn = at.putMatrix(inputWeights, charWidth, columns, input(0));
  const wordIn = at.putMatrix(inputWeights, wordWidth, columns, input(charWidth));
  const [forwards] = [0, 1].map((direction) => {
    const own = states.subarray(direction * GATES * hidden, (direction + 1) * GATES * hidden);
    return at.putMatrix(stateWeights, hidden, columns, own);
  });
  student.setLstm(
    charIn,
    wordIn,
    forwards!,
    ofGates(floats("lstm_w_scale"), (direction, column) => direction * columns + column),
    ofGates(floats("lstm_r_scale"), (direction, column) => direction * columns + column),
    ofGates(bias, (direction, column) => 2 * direction * columns + column),
  );
  const outputs = headUnits + dims;
  const down = bytes("down_w");
  student.setHead(
    at.putMatrix(
      bytes("head_w"),
      pooled,
      outputs,
      Int32Array.from({ length: outputs }, (_, column) => column),
    ),
    at.putFloats(floats("head_scale")),
    at.putFloats(floats("head_b")),
    at.putMatrix(
      down,
      headUnits,
      dims,
      Int32Array.from({ length: dims }, (_, column) => column),
    ),
    at.putFloats(floats("down_scale")),
    at.putIntegers(columnSums(down, headUnits, dims)),
  );
  return { dims, adapt: adapterOf(tensors, dims), room: makeRoom(at, student, slots) };
}

/**
 * Where the graph has the gate of one of our columns: [direction, column there]. Ours stand by direction, then four units
 * at a time, then gate (input, output, forget, cell). The graph's stand by gate, with two units that pin the scales before
 * the others forwards, and behind them backwards. Its second bias is 0.
 */
function gateOf(column: number, hidden: number, units: number): [direction: number, column: number] {
  const direction = Math.floor(column / (GATES * hidden));
  const within = column % (GATES * hidden);
  const unit = Math.floor(within / 16) * 4 + (within % 4);
  const gate = Math.floor((within % 16) / 4);
  return [direction, gate * units + unit + (direction === 0 ? units - hidden : 0)];
}

/** 128 times the sum of each column, which unsigned numbers lose when they become signed ones. */
function columnSums(matrix: Int8Array, rows: number, columns: number): Int32Array {
  const sums = new Int32Array(columns);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) sums[column]! += 128 * matrix[row * columns + column]!;
  return sums;
}

/** x + (x · first) · second, at unit length again: see onnx-adapter.ts. */
function adapterOf(tensors: ReadonlyMap<string, OnnxTensor>, dims: number): LaidOut["adapt"] {
  const [first, second] = ADAPTER.map((name) => tensors.get(name)).map(
    (found) => found && new Float32Array(found.data.buffer),
  );
  if (first === undefined || second === undefined) return undefined;
  const rank = first.length / dims;
  return (vector) => {
    const adapted = Float32Array.from(vector);
    for (let r = 0; r < rank; r++) {
      let product = 0;
      for (let at = 0; at < dims; at++) product += vector[at]! * first[at * rank + r]!;
      for (let at = 0; at < dims; at++) adapted[at]! += product * second[r * dims + at]!;
    }
    const norm = Math.hypot(...adapted);
    return adapted.map((number) => number / norm);
  };
}

/** The input of a text; it moves when a longer one comes. */
function makeRoom(at: Allocator, student: StudentExports, slots: number): TextRoom {
  const start = at.end;
  let capacity = 0;
  const room = { charIds: new Int32Array(), wordIds: new Int32Array(), weights: new Float32Array() };
  return Object.assign(room, {
    fit(length: number) {
      if (length <= capacity) return;
      capacity = Math.max(LEAST_CHARS, 2 ** Math.ceil(Math.log2(length)));
      student.setRoom(start, capacity, slots, slots); // grows the memory, which detaches what was seen of it
      const { buffer } = at.memory;
      room.charIds = new Int32Array(buffer, student.charIdsAt(), capacity);
      room.wordIds = new Int32Array(buffer, student.wordIdsAt(), capacity);
      room.weights = new Float32Array(buffer, student.weightsAt(), capacity);
    },
  });
}

/** Puts numbers into a WebAssembly memory one after the other, at multiples of 16 bytes. */
class Allocator {
  readonly memory: WasmMemory;
  end = START;

  constructor(memory: WasmMemory) {
    this.memory = memory;
  }

  putBytes(values: Uint8Array): number {
    const address = this.#take(values.length);
    new Uint8Array(this.memory.buffer, address).set(values);
    return address;
  }

  putFloats(values: Float32Array): number {
    return this.putBytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }

  putIntegers(values: Int32Array): number {
    return this.putBytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }

  /**
   * K rows, a multiple of 4, by N columns, a multiple of 32, in the blocks that `multiply` reads.
   *
   * @param stride numbers from one row of `source` to the next
   * @param first where the first row of each column stands in `source`, N
   */
  putMatrix(source: Int8Array, rows: number, stride: number, first: Int32Array): number {
    const address = this.#take(rows * first.length);
    const out = new Uint8Array(this.memory.buffer, address, rows * first.length);
    let at = 0;
    for (let block = 0; block < first.length; block += BLOCK_COLUMNS) {
      for (let row = 0; row < rows; row += BLOCK_ROWS) {
        for (let column = block; column < block + BLOCK_COLUMNS; column++) {
          const from = first[column]! + row * stride;
          for (let r = 0; r < BLOCK_ROWS; r++) out[at++] = source[from + r * stride]! + WEIGHT_ZERO;
        }
      }
    }
    return address;
  }

  #take(bytes: number): number {
    const address = this.end;
    this.end = Math.ceil((address + bytes) / 16) * 16;
    const missing = Math.ceil((this.end - this.memory.buffer.byteLength) / PAGE_BYTES);
    if (missing > 0) this.memory.grow(missing);
    return address;
  }
}
