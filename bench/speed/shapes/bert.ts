import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { OnnxFile } from "./onnx-file.ts";
import { VOCABULARY, tokenizer } from "./tokenizer.ts";

/** The sizes of a BERT encoder. */
export interface BertShape {
  layers: number;
  /** D, a multiple of `heads`. */
  hidden: number;
  heads: number;
  /** Width of the feed-forward layers. */
  feedForward: number;
  /** DistilBERT has no embedding of a token's segment. */
  tokenTypes?: false;
}

/** Published shapes: Devlin et al. 2019; Sanh et al. 2019; Jiao et al. 2020. */
export const BERT_SHAPES: Readonly<Record<string, BertShape>> = {
  "bert-base": { layers: 12, hidden: 768, heads: 12, feedForward: 3072 },
  distilbert: { layers: 6, hidden: 768, heads: 12, feedForward: 3072, tokenTypes: false },
  tinybert: { layers: 4, hidden: 312, heads: 12, feedForward: 1200 },
};

/** A published shape by its name, or `LAYERSxHIDDENxHEADSxFEEDFORWARD`. */
export function parseShape(text: string): BertShape {
  const known = BERT_SHAPES[text];
  if (known !== undefined) return known;
  const [, layers = 0, hidden = 0, heads = 0, feedForward = 0] = (/^(\d+)x(\d+)x(\d+)x(\d+)$/.exec(text) ?? []).map(
    Number,
  );
  if (Math.min(layers, hidden, heads, feedForward) >= 1 && hidden % heads === 0)
    return { layers, hidden, heads, feedForward };
  throw new Error(
    `--shape is ${text}, but must be ${Object.keys(BERT_SHAPES).join(", ")} or LAYERSxHIDDENxHEADSxFEEDFORWARD, HIDDEN a multiple of HEADS`,
  );
}

const POSITIONS = 512;
const OPSET = 17;

/**
 * Writes an encoder of a BERT shape with random weights into `folder`, as a sentence encoder is exported from Hugging Face:
 * `model.onnx` (input_ids, attention_mask, perhaps token_type_ids -> last_hidden_state [B, L, D]) and `tokenizer.json`.
 *
 * The operators and their order are those of an export with eager attention, as the teacher's is. ONNX Runtime's optimiser makes
 * BiasGelu, and of the scores and their scale FusedMatMul, of them: 4 to 10 % less time in batches of 64 than without. Its offline tool
 * fuses whole Attention and SkipLayerNormalization too; on a CPU with AVX-512 that is slower (BERT-base by a tenth in batches of 64, the
 * same alone), and Gemm in place of MatMul and Add changes nothing. The matrix products take nearly all of the time either way.
 *
 * @param seed of the weights; speed does not depend on it
 * @param spread standard deviation of the weights: 0.02 is what training begins with, and gives all texts nearly the same vector
 */
export async function writeBert(folder: string, shape: BertShape, seed: number, spread = 0.02): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "tokenizer.json"), JSON.stringify(tokenizer()));
  writeGraph(join(folder, "model.onnx"), shape, uniform(seed, spread));
}

function writeGraph(path: string, shape: BertShape, random: (count: number) => Float32Array): void {
  const { layers, hidden, heads, feedForward, tokenTypes = true } = shape;
  const file = new OnnxFile(path, OPSET);
  const filled = (name: string, length: number, value: number) =>
    file.weights(name, [length], new Float32Array(length).fill(value));
  const dense = (input: string, name: string, [from, to]: readonly [number, number]): string => {
    const product = file.node(
      "MatMul",
      [input, file.weights(`${name}.weight`, [from, to], random(from * to))],
      `${name}/MatMul`,
    );
    return file.node("Add", [filled(`${name}.bias`, to, 0), product], `${name}/Add`);
  };
  const layerNorm = (input: string, name: string, output = name): string =>
    file.node(
      "LayerNormalization",
      [input, filled(`${name}.weight`, hidden, 1), filled(`${name}.bias`, hidden, 0)],
      output,
      { axis: { i: -1 }, epsilon: { f: 1e-12 } },
    );

  // Embeddings
  const words = file.node(
    "Gather",
    [file.weights("embeddings.word_embeddings.weight", [VOCABULARY, hidden], random(VOCABULARY * hidden)), "input_ids"],
    "words",
  );
  const one = file.integers("one", [1]);
  const length = file.node(
    "Slice",
    [file.node("Shape", ["input_ids"], "shape"), one, file.integers("two", [2])],
    "length",
  );
  const positions = file.node(
    "Slice",
    [
      file.weights("embeddings.position_embeddings.weight", [POSITIONS, hidden], random(POSITIONS * hidden)),
      file.integers("zero", [0]),
      length,
    ],
    "positions",
  );
  let sum = words;
  if (tokenTypes) {
    const types = file.node(
      "Gather",
      [file.weights("embeddings.token_type_embeddings.weight", [2, hidden], random(2 * hidden)), "token_type_ids"],
      "types",
    );
    sum = file.node("Add", [sum, types], "words_and_types");
  }
  let state = layerNorm(file.node("Add", [sum, positions], "embeddings"), "embeddings.LayerNorm");

  // 0 where a token is, and a large negative number where there is padding
  const scalar1 = file.scalar("1", 1);
  const wide = file.node(
    "Unsqueeze",
    [file.node("Unsqueeze", ["attention_mask", one], "mask_1"), file.integers("axis_2", [2])],
    "mask_2",
  );
  const mask = file.node("Cast", [wide], "mask_float", { to: { i: 1 } });
  const bias = file.node(
    "Mul",
    [file.node("Sub", [scalar1, mask], "padding"), file.scalar("lowest", -10_000)],
    "attention_bias",
  );

  const split = file.integers("heads", [0, 0, heads, hidden / heads]);
  const joined = file.integers("joined", [0, 0, hidden]);
  const scale = file.scalar("scale", Math.sqrt(hidden / heads));
  const root2 = file.scalar("root_2", Math.SQRT2);
  const half = file.scalar("half", 0.5);
  for (let layer = 0; layer < layers; layer++) {
    const at = (name: string) => `encoder.layer.${layer}.${name}`;
    const headsOf = (name: string, perm: number[]) => {
      const values = file.node("Reshape", [dense(state, at(name), [hidden, hidden]), split], at(`${name}/Reshape`));
      return file.node("Transpose", [values], at(`${name}/Transpose`), { perm: { ints: perm } });
    };
    const query = headsOf("attention.self.query", [0, 2, 1, 3]);
    const key = headsOf("attention.self.key", [0, 2, 3, 1]);
    const value = headsOf("attention.self.value", [0, 2, 1, 3]);
    const scores = file.node("Div", [file.node("MatMul", [query, key], at("scores")), scale], at("scaled"));
    const shares = file.node("Softmax", [file.node("Add", [scores, bias], at("masked"))], at("shares"), {
      axis: { i: -1 },
    });
    const context = file.node(
      "Transpose",
      [file.node("MatMul", [shares, value], at("context"))],
      at("context/Transpose"),
      { perm: { ints: [0, 2, 1, 3] } },
    );
    const attention = dense(
      file.node("Reshape", [context, joined], at("context/Reshape")),
      at("attention.output.dense"),
      [hidden, hidden],
    );
    state = layerNorm(file.node("Add", [attention, state], at("attention.residual")), at("attention.output.LayerNorm"));

    const wideState = dense(state, at("intermediate.dense"), [hidden, feedForward]);
    // GELU by the error function (Hendrycks & Gimpel 2016), as exports of these models have it
    const erf = file.node("Erf", [file.node("Div", [wideState, root2], at("gelu/Div"))], at("gelu/Erf"));
    const gated = file.node("Mul", [wideState, file.node("Add", [erf, scalar1], at("gelu/Add"))], at("gelu/Mul"));
    const output = dense(file.node("Mul", [gated, half], at("gelu")), at("output.dense"), [feedForward, hidden]);
    const last = layer === layers - 1 ? "last_hidden_state" : undefined;
    state = layerNorm(file.node("Add", [output, state], at("residual")), at("output.LayerNorm"), last);
  }

  const inputs = ["input_ids", "attention_mask", ...(tokenTypes ? ["token_type_ids"] : [])];
  file.end(
    inputs.map((name) => ({ name, type: "int64", shape: ["B", "L"] })),
    [{ name: "last_hidden_state", type: "float32", shape: ["B", "L", hidden] }],
  );
}

/** Uniform numbers around 0 of a standard deviation; xorshift32 (Marsaglia 2003). */
function uniform(seed: number, spread: number): (count: number) => Float32Array {
  let state = seed | 1;
  const scale = (spread * Math.sqrt(3)) / 2 ** 31;
  return (count) => {
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      values[i] = state * scale;
    }
    return values;
  };
}
