import { LtdError } from "../errors.ts";
import type { Matrix } from "../vector/matrix.ts";
import { bytes, FLOAT, initializer, integer, node } from "./onnx-file.ts";
import { ADAPTER, fields } from "./onnx-tensors.ts";

/** Field numbers: see onnx-file.ts. */
const [MODEL_GRAPH, GRAPH_NODE, GRAPH_INITIALIZER, NODE_OUTPUT] = [7, 1, 5, 2];
const OUTPUT = "embedding";
const BEFORE = "untuned";

/**
 * A student's graph with x + up · (down · x), of unit length again, behind what was its output. The names of inputs and
 * output stay, so that every reader of the package gets tuned vectors.
 *
 * Throws LtdError "model" for a graph that has an adapter already, or no output of the name.
 * @param down R x D
 * @param up R x D
 */
export function withAdapter(graph: Uint8Array, down: Matrix, up: Matrix): Buffer {
  const { rows: rank, dims } = down;
  const columns = new Float32Array(rank * dims);
  for (let r = 0; r < rank; r++) for (let at = 0; at < dims; at++) columns[at * rank + r] = down.data[r * dims + at]!;
  const added = [
    ...[
      node("MatMul", [BEFORE, ADAPTER[0]], "adapter_hidden"),
      node("MatMul", ["adapter_hidden", ADAPTER[1]], "adapter_change"),
      node("Add", [BEFORE, "adapter_change"], "adapted"),
      node("LpNormalization", ["adapted"], OUTPUT, integer("axis", 1)),
    ].map((each) => bytes(GRAPH_NODE!, each)),
    bytes(GRAPH_INITIALIZER!, initializer(ADAPTER[0], FLOAT, [dims, rank], columns)),
    bytes(GRAPH_INITIALIZER!, initializer(ADAPTER[1], FLOAT, [rank, dims], up.data)),
  ];
  let renamed = 0;
  const parts = [...fields(graph)].map((part) => {
    if (part.field !== MODEL_GRAPH) return part.raw;
    const inner = [...fields(part.bytes)].map((each) => {
      if (each.field === GRAPH_INITIALIZER && Buffer.from(each.bytes).includes(ADAPTER[0])) throw tunedAlready();
      if (each.field !== GRAPH_NODE || !makesOutput(each.bytes)) return each.raw;
      renamed++;
      return bytes(GRAPH_NODE, Buffer.concat([...fields(each.bytes)].map(renameOutput)));
    });
    return bytes(MODEL_GRAPH, Buffer.concat([...inner, ...added]));
  });
  if (renamed !== 1) throw new LtdError("model", `the graph has ${renamed} operators that give ${OUTPUT}, not one`);
  return Buffer.concat(parts);
}

function makesOutput(message: Uint8Array): boolean {
  return [...fields(message)].some(
    ({ field, bytes: name }) => field === NODE_OUTPUT && Buffer.from(name).equals(Buffer.from(OUTPUT)),
  );
}

function renameOutput({ field, bytes: name, raw }: { field: number; bytes: Uint8Array; raw: Uint8Array }): Uint8Array {
  const isOutput = field === NODE_OUTPUT && Buffer.from(name).equals(Buffer.from(OUTPUT));
  return isOutput ? bytes(NODE_OUTPUT, Buffer.from(BEFORE)) : raw;
}

function tunedAlready(): LtdError {
  return new LtdError("model", "this model is tuned already", {
    hint: "tune the model that it came from, with all pairs together",
  });
}
