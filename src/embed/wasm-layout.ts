import type { WasmMemory } from "../wasm.ts";
import { ADAPTER, alignedBytes, readTensors, signedBytes, type OnnxTensor } from "./onnx-tensors.ts";
import { Allocator, type Packer } from "./wasm-allocator.ts";

/** What `engine/student.ts` exports; the numbers are addresses in its memory, or sizes. */
export interface StudentExports extends Packer {
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
  /** What `tune` put behind the student, for a vector of unit length. Undefined for one that was not tuned. */
  adapt: ((vector: Float32Array) => Float32Array) | undefined;
  /** Where a text is written before `embed`. */
  room: TextRoom;
}

/** The input of one text, views of the memory; {@link fit} first. */
export interface TextRoom {
  /** Makes room for a text of `length` characters. */
  fit(length: number): void;
  readonly charIds: Int32Array;
  readonly wordIds: Int32Array;
  readonly weights: Float32Array;
}

/** Room for as many characters as the bundled models read is made at once. */
const LEAST_CHARS = 128;
const GATES = 4;
/** Columns that `multiply` computes at a time. */
const BLOCK_COLUMNS = 32;
const [FLOAT, UINT8, INT8, FLOAT16] = [1, 2, 3, 10] as const;

/**
 * Lays out an integer student in memory for `engine/student.ts`. Tables stay as they are, matrices go in blocks, the
 * gates of four units lie beside each other.
 * @param slots projections of characters, and of words, that are kept
 * @throws {RangeError} for a graph of another shape, or one in floats
 */
export function layOutStudent(graph: Uint8Array, memory: WasmMemory, student: StudentExports, slots: number): LaidOut {
  const tensors = readTensors(graph);
  const constants = new Constants(tensors);
  const at = new Allocator(memory, student);
  const sizes = sizesOf(constants);
  const inputStep = Math.fround((2 * constants.floats("range")[1]!) / 255);
  student.setSizes(sizes.charWidth, sizes.wordWidth, sizes.hidden, sizes.headUnits, sizes.dims, inputStep);
  student.setTables(
    at.put(constants.take("char_table", UINT8).data),
    at.putHalves(constants.take("char_scale", FLOAT16).data),
    at.put(constants.take("word_table", UINT8).data),
    at.putHalves(constants.take("word_scale", FLOAT16).data),
  );
  layOutLstm(constants, at, student, sizes);
  layOutHead(constants, at, student, sizes);
  const { dims } = sizes;
  return { dims, adapt: adapterOf(tensors, dims), room: makeRoom(at, student, slots) };
}

/** The constants of a graph, each by its name and type. Throws a RangeError for one that is not there. */
class Constants {
  readonly #tensors: ReadonlyMap<string, OnnxTensor>;

  constructor(tensors: ReadonlyMap<string, OnnxTensor>) {
    this.#tensors = tensors;
  }

  take(name: string, type: number): OnnxTensor {
    const tensor = this.#tensors.get(name);
    if (tensor === undefined) throw new RangeError(`the graph has no constant ${name}`);
    if (tensor.type !== type) throw new RangeError(`${name} has the type ${tensor.type} in place of ${type}`);
    return tensor;
  }

  floats(name: string): Float32Array {
    return new Float32Array(alignedBytes(this.take(name, FLOAT)));
  }
}

interface Sizes {
  charWidth: number;
  wordWidth: number;
  /** H, units of a direction of the LSTM. */
  hidden: number;
  /** The same in the graph, which has two more that pin the scales. */
  graphUnits: number;
  /** What the head reads: two directions and the inputs. */
  pooled: number;
  headUnits: number;
  /** D. */
  dims: number;
}

/** Throws a RangeError where matrices do not fit together, or not the blocks of `multiply`. */
function sizesOf(constants: Constants): Sizes {
  const [charWidth, wordWidth] = ["char_table", "word_table"].map((name) => 2 * constants.take(name, UINT8).dims[1]!);
  const inputs = charWidth! + wordWidth!;
  const [headUnits, dims] = constants.take("down_w", INT8).dims as [number, number];
  const pooled = constants.take("head_w", INT8).dims[0]!;
  const hidden = (pooled - inputs) / 2;
  const [width, columns] = constants.take("lstm_w", INT8).dims.slice(1) as [number, number];
  const graphUnits = columns / GATES;
  for (const size of [hidden / 8, charWidth! / 8, wordWidth! / 8, headUnits / BLOCK_COLUMNS, dims / BLOCK_COLUMNS])
    if (!Number.isInteger(size) || size <= 0) throw new RangeError("its sizes are no multiples of 8 and 32");
  if (graphUnits < hidden || width < inputs) throw new RangeError("its LSTM does not fit its inputs");
  return { charWidth: charWidth!, wordWidth: wordWidth!, hidden, graphUnits, pooled, headUnits, dims };
}

function layOutLstm(constants: Constants, at: Allocator, student: StudentExports, sizes: Sizes): void {
  const { charWidth, wordWidth, hidden, graphUnits } = sizes;
  const columns = GATES * graphUnits;
  const [inputs, states] = [constants.take("lstm_w", INT8), constants.take("lstm_r", INT8)];
  const ours = gatesOf(hidden, graphUnits);
  type Of = (direction: number, column: number) => number;
  const placed = <Numbers extends Int32Array | Float32Array>(numbers: Numbers, valueOf: Of): Numbers => {
    for (let at = 0; at < numbers.length; at++) numbers[at] = valueOf(at < GATES * hidden ? 0 : 1, ours[at]!);
    return numbers;
  };
  const ofGates = (name: string, place: Of) => {
    const values = constants.floats(name);
    return at.put(placed(new Float32Array(ours.length), (direction, column) => values[place(direction, column)]!));
  };
  const rows = inputs.dims[1]!;
  const fromInput = (first: number) =>
    placed(new Int32Array(ours.length), (direction, column) => (direction * rows + first) * columns + column);
  const fromState = placed(new Int32Array(ours.length), (direction, column) => {
    const first = direction === 0 ? graphUnits - hidden : 0;
    return (direction * graphUnits + first) * columns + column;
  });
  const charIn = at.putMatrix(inputs.data, charWidth, columns, fromInput(0));
  const wordIn = at.putMatrix(inputs.data, wordWidth, columns, fromInput(charWidth));
  const forwards = at.putMatrix(states.data, hidden, columns, fromState.subarray(0, GATES * hidden));
  at.putMatrix(states.data, hidden, columns, fromState.subarray(GATES * hidden)); // backwards, right behind
  student.setLstm(
    charIn,
    wordIn,
    forwards,
    ofGates("lstm_w_scale", (direction, column) => direction * columns + column),
    ofGates("lstm_r_scale", (direction, column) => direction * columns + column),
    ofGates("lstm_b", (direction, column) => 2 * direction * columns + column),
  );
}

function layOutHead(constants: Constants, at: Allocator, student: StudentExports, sizes: Sizes): void {
  const { pooled, headUnits, dims } = sizes;
  const inOrder = (columns: number) => Int32Array.from({ length: columns }, (_, column) => column);
  const outputs = headUnits + dims;
  const down = constants.take("down_w", INT8);
  student.setHead(
    at.putMatrix(constants.take("head_w", INT8).data, pooled, outputs, inOrder(outputs)),
    at.put(constants.floats("head_scale")),
    at.put(constants.floats("head_b")),
    at.putMatrix(down.data, headUnits, dims, inOrder(dims)),
    at.put(constants.floats("down_scale")),
    at.put(columnSums(signedBytes(down), headUnits, dims)),
  );
}

/**
 * For each of our columns, the column of its direction that the graph has its gate in. Ours stand by direction, then
 * four units at a time, then gate (input, output, forget, cell). The graph's stand by gate, with two units that pin the
 * scales before the others forwards, and behind them backwards. Its second bias is 0.
 */
function gatesOf(hidden: number, units: number): Int32Array {
  const gates = new Int32Array(2 * GATES * hidden);
  for (let column = 0; column < gates.length; column++) {
    const within = column % (GATES * hidden);
    const unit = Math.floor(within / 16) * 4 + (within % 4);
    const gate = Math.floor((within % 16) / 4);
    gates[column] = gate * units + unit + (column < GATES * hidden ? units - hidden : 0);
  }
  return gates;
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
    (found) => found && new Float32Array(alignedBytes(found)),
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
