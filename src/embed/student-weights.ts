import { LtdError } from "../errors.ts";
import { createMatrix, rowOf, type Matrix } from "../vector/matrix.ts";
import { halfToFloat } from "../vector/half.ts";
import type { ModelPackage } from "./model-package.ts";
import { ADAPTER, alignedBytes, readTensors, signedBytes, type OnnxTensor } from "./onnx-tensors.ts";

/**
 * The numbers of a student, in float32, for code that computes a vector without ONNX Runtime. With C and W the widths
 * of the embeddings of characters and words, H hidden units a direction, I = C + W, P = 2 H + I:
 *
 * h, c of each direction: an LSTM over x_t = [character | word]; p = Σ_t weight_t [h forwards | h backwards | x_t];
 * vector = proj [p | 1] + down relu(up [p | 1]), at unit length.
 */
export interface StudentWeights {
  /** A row an id x C. */
  readonly characters: Matrix;
  /** A row an id x W. */
  readonly words: Matrix;
  /** H. */
  readonly hidden: number;
  /** (direction, unit, gate) x [h, H | x, I | 1]. Two directions, four gates: input, output, forget, cell. */
  readonly gates: Matrix;
  /** Units of the head x [p, P | 1]. */
  readonly up: Matrix;
  /** D x [p, P | 1]. */
  readonly proj: Matrix;
  /** D x units of the head. */
  readonly down: Matrix;
}

const GATES = 4;
const [FLOAT, UINT8, INT8, FLOAT16] = [1, 2, 3, 10] as const;

/**
 * Reads the numbers of a student from its graph. Those stored in few bits are turned back into floats.
 *
 * The names of the constants are those of distill/export.py. Throws LtdError("model") for a graph of another shape.
 */
export function readStudentWeights(model: ModelPackage): StudentWeights {
  const { dims } = model.description;
  return knownShape(model, () => {
    const tensors = readTensors(model.graph);
    const take = (name: string) => {
      const tensor = tensors.get(name);
      if (tensor === undefined) throw new RangeError(`it has no constant ${name}`);
      return tensor;
    };
    const characters = table(tensors, "char");
    const words = table(tensors, "word");
    const inputs = characters.dims + words.dims;
    const down = linear(tensors, "down");
    const head = linear(tensors, "head");
    const [up, proj] = [rowsOf(head, 0, down.dims), rowsOf(head, down.dims, head.rows)];
    const adapter = ADAPTER.map((name) => tensors.get(name)).filter((tensor) => tensor !== undefined);
    const hidden = (head.dims - 1 - inputs) / 2;
    const gates = lstm(take, inputs, hidden);
    if (down.rows !== dims || proj.rows !== dims) {
      throw new RangeError("its layers do not fit together");
    }
    const [adapterDown, adapterUp] = adapter.map(floats);
    if (adapterDown !== undefined && adapterUp !== undefined)
      for (const layer of [proj, down]) adaptLayer(layer, adapterDown, adapterUp);
    return { characters, words, hidden, gates, up, proj, down };
  });
}

/** Runs `read`; a RangeError of it is an LtdError "model". */
function knownShape<T>({ description: { id } }: ModelPackage, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new LtdError("model", `the graph of ${id} does not have the known structure of a student: ${cause.message}`, {
      hint: "use a model exported by distill/export.py, such as ltd-zh-2 or ltd-zh-2-tiny",
      cause,
    });
  }
}

/**
 * Composes a layer D x K with the adapter of `tune`: x + (x · first) · second. Normalising to unit length comes last,
 * so this can be done first.
 */
function adaptLayer({ rows, dims, data }: Matrix, first: Float32Array, second: Float32Array): void {
  const rank = first.length / rows;
  const between = new Float64Array(rank * dims);
  for (let row = 0; row < rows; row++)
    for (let r = 0; r < rank; r++)
      for (let i = 0; i < dims; i++) between[r * dims + i]! += first[row * rank + r]! * data[row * dims + i]!;
  for (let row = 0; row < rows; row++)
    for (let r = 0; r < rank; r++)
      for (let i = 0; i < dims; i++) data[row * dims + i]! += second[r * rows + row]! * between[r * dims + i]!;
}

type Take = (name: string) => OnnxTensor;

/** An embedding table as a matrix of floats. */
function table(tensors: ReadonlyMap<string, OnnxTensor>, name: string): Matrix {
  const { rows, dims, read } = openTable(tensors, name);
  const matrix = createMatrix(rows, dims);
  for (let row = 0; row < rows; row++) read(row, rowOf(matrix, row));
  return matrix;
}

/** An embedding table whose rows become floats when they are read. */
interface Table {
  readonly rows: number;
  readonly dims: number;
  readonly read: (row: number, out: Float32Array) => void;
}

/**
 * Opens the table `name`. It has floats, or two 4-bit numbers a byte (column i low, column i + width / 2 high; 8 stands
 * for 0) with a scale for each row.
 */
function openTable(tensors: ReadonlyMap<string, OnnxTensor>, name: string): Table {
  const stored = tensors.get(`${name}_table`);
  if (stored === undefined) throw new RangeError(`it has no constant ${name}_table`);
  const [rows = 0, columns = 0] = stored.dims;
  if (stored.type === FLOAT) {
    const data = floats(stored);
    return { rows, dims: columns, read: (row, out) => out.set(data.subarray(row * columns, (row + 1) * columns)) };
  }
  const scales = tensors.get(`${name}_scale`);
  if (stored.type !== UINT8 || scales?.type !== FLOAT16) throw new RangeError(`${name}_table has an unknown type`);
  const half = new Uint16Array(alignedBytes(scales));
  const read = (row: number, out: Float32Array) => {
    const scale = halfToFloat(half[row]!);
    for (let i = 0; i < columns; i++) {
      const byte = stored.data[row * columns + i]!;
      out[i] = ((byte & 15) - 8) * scale;
      out[columns + i] = ((byte >> 4) - 8) * scale;
    }
  };
  return { rows, dims: 2 * columns, read };
}

const KEPT_VECTORS = 4_096;

/**
 * Opens the student's word embeddings for look-ups. The function gives a word id's embedding: W numbers of unit length.
 *
 * Costs some 1 µs a word; the table is read where it lies. The latest {@link KEPT_VECTORS} are kept, some 2 MB.
 * @throws {LtdError} "model" for a graph of another shape
 */
export function openWordVectors(model: ModelPackage): (id: number) => Float32Array {
  const { dims, read } = knownShape(model, () => openTable(readTensors(model.graph), "word"));
  const kept = new Map<number, Float32Array>();
  return (id) => {
    const known = kept.get(id);
    if (known !== undefined) return known;
    const vector = new Float32Array(dims);
    read(id, vector);
    let squares = 0;
    for (const value of vector) squares += value * value;
    const length = Math.sqrt(squares) || 1;
    for (let i = 0; i < dims; i++) vector[i]! /= length;
    if (kept.size === KEPT_VECTORS) kept.clear();
    kept.set(id, vector);
    return vector;
  };
}

/** Rows from `start` up to `end` as a matrix of their own. */
function rowsOf({ dims, data }: Matrix, start: number, end: number): Matrix {
  return { rows: end - start, dims, data: data.subarray(start * dims, end * dims) };
}

/**
 * A layer N x [K | 1], its bias in the last column (K alone without one). It is read from columns of floats, or of
 * integers with a scale each.
 */
function linear(tensors: ReadonlyMap<string, OnnxTensor>, name: string): Matrix {
  const weights = tensors.get(`${name}_w`);
  if (weights === undefined) throw new RangeError(`it has no constant ${name}_w`);
  const scale = tensors.get(`${name}_scale`);
  const bias = tensors.get(`${name}_b`);
  const [columns = 0, rows = 0] = weights.dims;
  const at = reader(weights, scale && floats(scale));
  const biases = bias && floats(bias);
  const matrix = createMatrix(rows, columns + (biases ? 1 : 0));
  for (let row = 0; row < rows; row++) {
    const out = rowOf(matrix, row);
    for (let i = 0; i < columns; i++) out[i] = at(i * rows + row, row);
    if (biases) out[columns] = biases[row]!;
  }
  return matrix;
}

/**
 * The LSTM of both directions. In integers it has two inputs, behind the others, and two units on top that pin the
 * scales: they are left out here, as nothing of them reaches what is summed.
 */
function lstm(take: Take, inputs: number, hidden: number): Matrix {
  const [w, r, b] = [take("lstm_w"), take("lstm_r"), floats(take("lstm_b"))];
  const isInteger = w.type === INT8;
  const units = b.length / (2 * 2 * GATES);
  const width = isInteger ? w.dims[1]! : w.dims[2]!;
  if (units < hidden || width < inputs || !Number.isInteger(hidden))
    throw new RangeError("its LSTM does not fit its inputs");
  const scaleOf = (name: string) => (isInteger ? floats(take(name)) : undefined);
  const input = reader(w, scaleOf("lstm_w_scale"));
  const recurrent = reader(r, scaleOf("lstm_r_scale"));
  const all = GATES * units;
  const matrix = createMatrix(2 * hidden * GATES, hidden + inputs + 1);
  for (let direction = 0; direction < 2; direction++) {
    // the pinning units come before the forward direction's own, and after the backward one's
    const first = direction === 0 ? units - hidden : 0;
    for (let unit = 0; unit < hidden; unit++) {
      for (let gate = 0; gate < GATES; gate++) {
        const out = rowOf(matrix, (direction * hidden + unit) * GATES + gate);
        const column = gate * units + unit + first;
        const elementAt = (size: number, i: number) =>
          isInteger ? (direction * size + i) * all + column : (direction * all + column) * size + i;
        for (let i = 0; i < hidden; i++) out[i] = recurrent(elementAt(units, first + i), direction * all + column);
        for (let i = 0; i < inputs; i++) out[hidden + i] = input(elementAt(width, i), direction * all + column);
        out[hidden + inputs] = b[direction * 2 * all + column]! + b[direction * 2 * all + all + column]!;
      }
    }
  }
  return matrix;
}

/** Reads an element; an integer is multiplied by the scale of its column. */
function reader(tensor: OnnxTensor, scales: Float32Array | undefined): (at: number, column: number) => number {
  if (scales === undefined) {
    const values = floats(tensor);
    return (at) => values[at]!;
  }
  if (tensor.type !== INT8) throw new RangeError(`a matrix has the type ${tensor.type}`);
  const values = signedBytes(tensor);
  return (at, column) => values[at]! * scales[column]!;
}

function floats(tensor: OnnxTensor): Float32Array {
  if (tensor.type !== FLOAT) throw new RangeError(`a matrix has the type ${tensor.type}`);
  return new Float32Array(alignedBytes(tensor));
}
