/**
 * Computes the student in WebAssembly, in the integers of the package. Characters and words -> embeddings -> BiLSTM ->
 * weighted sum -> head -> unit vector. It does what the ONNX graph of distill/export.py does, step by step, so that
 * both give the same vector; a text is computed alone, so nothing depends on what stands beside it.
 *
 * This is AssemblyScript (`npm run engine` compiles it, twice: with relaxed SIMD for its dot product of bytes, and
 * without). The caller lays the model out in memory and hands over the addresses: see src/embed/wasm-layout.ts.
 *
 * Matrices are products of unsigned 7-bit weights, stored as w + 64, with signed 8-bit numbers x: Σ w x = Σ (w + 64) x
 * - 64 Σ x. Four columns and four rows make one vector of 16 bytes, eight such vectors beside each other (32 columns) a
 * block: [columns / 32][rows / 4][8][4 columns][4 rows].
 */

const WEIGHT_ZERO: i32 = 64;
/** Columns that `multiply` computes at a time. */
const BLOCK: i32 = 32;

// What `configure` sets: sizes of the student ...
let charWidth: i32 = 0;
let wordWidth: i32 = 0;
let hidden: i32 = 0;
let headUnits: i32 = 0;
let dims: i32 = 0;
// ... and addresses.
let charTable: usize = 0;
let charScales: usize = 0;
let wordTable: usize = 0;
let wordScales: usize = 0;
let charIn: usize = 0;
let wordIn: usize = 0;
let recurrent: usize = 0;
let inScales: usize = 0;
let recurrentScales: usize = 0;
let biases: usize = 0;
let headWeights: usize = 0;
let headScales: usize = 0;
let headBiases: usize = 0;
let downWeights: usize = 0;
let downScales: usize = 0;
let downSums: usize = 0;
/** One step of the integers that the embeddings become. */
let inputStep: f32 = 0;

// Room for one text.
let charIds: usize = 0;
let wordIds: usize = 0;
let weights: usize = 0;
let output: usize = 0;
let row: usize = 0;
let bytes: usize = 0;
let wide: usize = 0;
let sums: usize = 0;
let cells: usize = 0;
let states: usize = 0;
let pooled: usize = 0;
let head: usize = 0;

/** Projections of characters and words that came lately: a slot holds the 8 x hidden sums of one id. */
let charCache: usize = 0;
let charKeys: usize = 0;
let charSlots: i32 = 0;
let wordCache: usize = 0;
let wordKeys: usize = 0;
let wordSlots: i32 = 0;

export function setSizes(
  charWidth_: i32, wordWidth_: i32, hidden_: i32, headUnits_: i32, dims_: i32, inputStep_: f32,
): void {
  charWidth = charWidth_;
  wordWidth = wordWidth_;
  hidden = hidden_;
  headUnits = headUnits_;
  dims = dims_;
  inputStep = inputStep_;
}

export function setTables(charTable_: usize, charScales_: usize, wordTable_: usize, wordScales_: usize): void {
  charTable = charTable_;
  charScales = charScales_;
  wordTable = wordTable_;
  wordScales = wordScales_;
}

export function setLstm(
  charIn_: usize, wordIn_: usize, recurrent_: usize, inScales_: usize, recurrentScales_: usize, biases_: usize,
): void {
  charIn = charIn_;
  wordIn = wordIn_;
  recurrent = recurrent_;
  inScales = inScales_;
  recurrentScales = recurrentScales_;
  biases = biases_;
}

export function setHead(
  headWeights_: usize, headScales_: usize, headBiases_: usize, downWeights_: usize, downScales_: usize, downSums_: usize,
): void {
  headWeights = headWeights_;
  headScales = headScales_;
  headBiases = headBiases_;
  downWeights = downWeights_;
  downScales = downScales_;
  downSums = downSums_;
}

/**
 * Lays out what a text needs from `start` on, with `kept` projections, and grows the memory for it. Returns where it
 * ends.
 */
export function setRoom(start: usize, maxChars: i32, charSlots_: i32, wordSlots_: i32): usize {
  let at = start;
  charIds = at; at += maxChars * 4;
  wordIds = at; at += maxChars * 4;
  weights = at; at += maxChars * 4;
  output = at; at += dims * 4;
  row = at; at += max(charWidth, wordWidth) * 4;
  const longest = max(max(charWidth, wordWidth), max(headUnits, 2 * hidden + charWidth + wordWidth));
  bytes = at; at += longest + 16;
  wide = at; at += longest * 2 + 16;
  at = (at + 15) & ~15;
  sums = at; at += max(4 * hidden, headUnits + dims) * 4;
  cells = at; at += hidden * 4;
  states = at; at += hidden * 4;
  pooled = at; at += (2 * hidden + charWidth + wordWidth) * 4;
  head = at; at += (headUnits + dims) * 4;
  charSlots = charSlots_;
  charKeys = at; at += charSlots * 4;
  wordSlots = wordSlots_;
  wordKeys = at; at += wordSlots * 4;
  at = (at + 15) & ~15;
  charCache = at; at += charSlots * 8 * hidden * 4;
  wordCache = at; at += wordSlots * 8 * hidden * 4;
  const missing = <i32>((at + 65535) >>> 16) - memory.size();
  if (missing > 0) memory.grow(missing);
  memory.fill(charKeys, 255, charSlots * 4);
  memory.fill(wordKeys, 255, wordSlots * 4);
  return at;
}

export function charIdsAt(): usize { return charIds; }
export function wordIdsAt(): usize { return wordIds; }
export function weightsAt(): usize { return weights; }

/**
 * Writes a matrix in blocks, as `multiply` reads it, with WEIGHT_ZERO added to each weight.
 *
 * @param source address of signed bytes
 * @param rows a multiple of 4
 * @param stride bytes from one row of `source` to the next
 * @param first address of `columns` i32: where in `source` the first row of each column stands
 * @param columns a multiple of 32
 */
export function packMatrix(source: usize, rows: i32, stride: i32, first: usize, columns: i32, out: usize): void {
  for (let block = 0; block < columns; block += BLOCK) {
    for (let row = 0; row < rows; row += 4) {
      for (let column = block; column < block + BLOCK; column++) {
        const from = source + load<i32>(first + column * 4) + row * stride;
        store<u8>(out, load<i8>(from) + WEIGHT_ZERO);
        store<u8>(out, load<i8>(from + stride) + WEIGHT_ZERO, 1);
        store<u8>(out, load<i8>(from + 2 * stride) + WEIGHT_ZERO, 2);
        store<u8>(out, load<i8>(from + 3 * stride) + WEIGHT_ZERO, 3);
        out += 4;
      }
    }
  }
}

/** Writes `count` numbers of IEEE 754 half precision as float32. */
export function widenHalves(source: usize, count: i32, out: usize): void {
  for (let at = 0; at < count; at++) {
    const half = <u32>load<u16>(source + at * 2);
    const magnitude = half & 0x7fff;
    // 2^112 moves the exponent's zero from 15 to 127, of subnormal numbers too; infinity and NaN have the largest
    // exponent
    const float: f32 =
      magnitude < 0x7c00 ? reinterpret<f32>(magnitude << 13) * <f32>5.192296858534828e33 : reinterpret<f32>((magnitude << 13) | 0x7f800000);
    store<f32>(out + at * 4, half & 0x8000 ? -float : float);
  }
}

/** Embeds one text of `length` characters; the vector stands at the address that is returned. */
export function embed(length: i32): usize {
  memory.fill(pooled, 0, (2 * hidden + charWidth + wordWidth) * 4);
  for (let t = 0; t < length; t++) {
    const weight = load<f32>(weights + t * 4);
    const inputs = pooled + 8 * hidden;
    addRow(inputs, charTable, charScales, load<i32>(charIds + t * 4), charWidth, weight);
    addRow(inputs + charWidth * 4, wordTable, wordScales, load<i32>(wordIds + t * 4), wordWidth, weight);
  }
  scan(length, 0);
  scan(length, 1);
  project();
  return output;
}

/** One direction of the LSTM; adds its weighted states to `pooled`. */
function scan(length: i32, direction: i32): void {
  const gates = 4 * hidden;
  const total = pooled + direction * hidden * 4;
  const bias = biases + direction * gates * 4;
  const inScale = inScales + direction * gates * 4;
  const recurrentScale = recurrentScales + direction * gates * 4;
  const matrix = recurrent + direction * gates * hidden;
  memory.fill(cells, 0, hidden * 4);
  for (let step = 0; step < length; step++) {
    const t = direction ? length - 1 - step : step;
    const fromChar = charProjection(load<i32>(charIds + t * 4)) + direction * gates * 4;
    const fromWord = wordProjection(load<i32>(wordIds + t * 4)) + direction * gates * 4;
    let stateStep: f32 = 0;
    if (step > 0) {
      // No state exceeds tanh(step): the cell grows by less than 1 a step.
      stateStep = (2 * tanhOf(<f32>step)) / 255;
      quantize(states, hidden, stateStep);
      multiply(matrix, bytes, hidden, gates, sums);
    }
    advance(fromChar, fromWord, inScale, recurrentScale, bias, stateStep, total, load<f32>(weights + t * 4));
  }
}

/**
 * Gates, cells and states of one step. Four units stand beside each other: input, output, forget and cell gates of
 * four.
 */
function advance(
  fromChar: usize, fromWord: usize, inScale: usize, recurrentScale: usize, bias: usize, stateStep: f32, total: usize, weight: f32,
): void {
  const isFirst = stateStep == 0;
  const step = f32x4.splat(stateStep);
  const inStep = f32x4.splat(inputStep);
  const weight4 = f32x4.splat(weight);
  const end = <usize>(hidden * 4);
  for (let at: usize = 0; at < end; at += 16) {
    const gate = at * 4;
    const enter = sigmoid(gateSum(fromChar, fromWord, inScale, recurrentScale, bias, gate, inStep, step, isFirst));
    const leave = sigmoid(gateSum(fromChar, fromWord, inScale, recurrentScale, bias, gate + 16, inStep, step, isFirst));
    const stay = sigmoid(gateSum(fromChar, fromWord, inScale, recurrentScale, bias, gate + 32, inStep, step, isFirst));
    const candidate = tanh(gateSum(fromChar, fromWord, inScale, recurrentScale, bias, gate + 48, inStep, step, isFirst));
    const cell = f32x4.add(f32x4.mul(stay, v128.load(cells + at)), f32x4.mul(enter, candidate));
    v128.store(cells + at, cell);
    const state = f32x4.mul(leave, tanh(cell));
    v128.store(states + at, state);
    v128.store(total + at, f32x4.add(v128.load(total + at), f32x4.mul(state, weight4)));
  }
}

// @ts-ignore: decorator
@inline
function gateSum(
  fromChar: usize, fromWord: usize, inScale: usize, recurrentScale: usize, bias: usize, at: usize, inStep: v128, step: v128, isFirst: bool,
): v128 {
  const whole = i32x4.add(v128.load(fromChar + at), v128.load(fromWord + at));
  const own = f32x4.mul(f32x4.convert_i32x4_s(whole), f32x4.mul(v128.load(inScale + at), inStep));
  const sum = f32x4.add(own, v128.load(bias + at));
  if (isFirst) return sum;
  const before = f32x4.mul(f32x4.convert_i32x4_s(v128.load(sums + at)), f32x4.mul(v128.load(recurrentScale + at), step));
  return f32x4.add(sum, before);
}

/** pooled -> proj [p | 1] + down relu(up [p | 1]) -> unit length. */
function project(): void {
  const width = 2 * hidden + charWidth + wordWidth;
  const step = peak(pooled, width) / 127;
  quantizeBy(pooled, width, step, -127);
  multiply(headWeights, bytes, width, headUnits + dims, sums);
  const end = <usize>((headUnits + dims) * 4);
  const step4 = f32x4.splat(step);
  for (let at: usize = 0; at < end; at += 16) {
    const scaled = f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(v128.load(sums + at)), v128.load(headScales + at)), step4);
    v128.store(head + at, f32x4.add(scaled, v128.load(headBiases + at)));
  }
  const units = <usize>(headUnits * 4);
  for (let at: usize = 0; at < units; at += 16) v128.store(head + at, f32x4.max(v128.load(head + at), f32x4.splat(0)));
  const downStep = peak(head, headUnits) / 255;
  // unsigned bytes become signed ones by taking 128 away, which the sums of the columns give back
  quantizeUnsigned(head, headUnits, downStep);
  multiply(downWeights, bytes, headUnits, dims, sums);
  let squares = f32x4.splat(0);
  const downStep4 = f32x4.splat(downStep);
  const last = <usize>(dims * 4);
  for (let at: usize = 0; at < last; at += 16) {
    const whole = i32x4.add(v128.load(sums + at), v128.load(downSums + at));
    const scaled = f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(whole), v128.load(downScales + at)), downStep4);
    const value = f32x4.add(v128.load(head + units + at), scaled);
    v128.store(output + at, value);
    squares = f32x4.add(squares, f32x4.mul(value, value));
  }
  const norm = sqrt<f32>(
    f32x4.extract_lane(squares, 0) + f32x4.extract_lane(squares, 1) + f32x4.extract_lane(squares, 2) + f32x4.extract_lane(squares, 3),
  );
  const norm4 = f32x4.splat(norm);
  for (let at: usize = 0; at < last; at += 16) v128.store(output + at, f32x4.div(v128.load(output + at), norm4));
}

/** Multiplies the embedding of a character with all columns of both directions, unless cached. */
function charProjection(id: i32): usize {
  const slot = id % charSlots;
  const at = charCache + slot * 8 * hidden * 4;
  if (load<i32>(charKeys + slot * 4) != id) {
    unpack(row, charTable, charScales, id, charWidth);
    quantize(row, charWidth, inputStep);
    multiply(charIn, bytes, charWidth, 8 * hidden, at);
    store<i32>(charKeys + slot * 4, id);
  }
  return at;
}

/** The same of a word's. */
function wordProjection(id: i32): usize {
  const slot = id % wordSlots;
  const at = wordCache + slot * 8 * hidden * 4;
  if (load<i32>(wordKeys + slot * 4) != id) {
    unpack(row, wordTable, wordScales, id, wordWidth);
    quantize(row, wordWidth, inputStep);
    multiply(wordIn, bytes, wordWidth, 8 * hidden, at);
    store<i32>(wordKeys + slot * 4, id);
  }
  return at;
}

/**
 * Unpacks a row of 4-bit numbers into floats. Column i is the low half of a byte, column i + width / 2 the high half; 8
 * stands for 0.
 */
function unpack(to: usize, table: usize, scales: usize, id: i32, width: i32): void {
  memory.fill(to, 0, width * 4);
  addRow(to, table, scales, id, width, 1);
}

/** Adds the row times a weight. */
function addRow(to: usize, table: usize, scales: usize, id: i32, width: i32, weight: f32): void {
  const half = width >> 1;
  const from = table + id * half;
  const scale = f32x4.splat(load<f32>(scales + id * 4));
  const weight4 = f32x4.splat(weight);
  for (let i = 0; i < half; i += 4) {
    const packed = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(from + i)));
    const low = f32x4.convert_i32x4_s(i32x4.sub(v128.and(packed, i32x4.splat(15)), i32x4.splat(8)));
    const high = f32x4.convert_i32x4_s(i32x4.sub(i32x4.shr_u(packed, 4), i32x4.splat(8)));
    const first = to + i * 4;
    const second = to + (half + i) * 4;
    v128.store(first, f32x4.add(v128.load(first), f32x4.mul(f32x4.mul(low, scale), weight4)));
    v128.store(second, f32x4.add(v128.load(second), f32x4.mul(f32x4.mul(high, scale), weight4)));
  }
}

/** The largest magnitude, at least 1e-12. */
function peak(from: usize, count: i32): f32 {
  let most = f32x4.splat(1e-12);
  for (let i = 0; i < count; i += 4) most = f32x4.max(most, f32x4.abs(v128.load(from + i * 4)));
  return max(
    max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)),
    max(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)),
  );
}

function quantize(from: usize, count: i32, step: f32): void {
  quantizeBy(from, count, step, -128);
}

/** Floats -> signed bytes in `bytes`, in steps, from `least` to 127. */
function quantizeBy(from: usize, count: i32, step: f32, least: i32): void {
  quantizeFrom(from, count, step, least, 127, 0);
}

/** Floats from 0 on -> 0 to 255, less 128. */
function quantizeUnsigned(from: usize, count: i32, step: f32): void {
  quantizeFrom(from, count, step, 0, 255, 128);
}

function quantizeFrom(from: usize, count: i32, step: f32, least: i32, most: i32, zero: i32): void {
  const step4 = f32x4.splat(step);
  for (let i = 0; i < count; i += 4) {
    const whole = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.div(v128.load(from + i * 4), step4)));
    const kept = i32x4.sub(i32x4.min_s(i32x4.max_s(whole, i32x4.splat(least)), i32x4.splat(most)), i32x4.splat(zero));
    const narrow = i16x8.narrow_i32x4_s(kept, kept);
    v128.store32_lane(bytes + i, i8x16.narrow_i16x8_s(narrow, narrow), 0);
  }
}

/** -64 Σ x, with which all sums of `multiply` begin. */
function minusZeros(x: usize, rows: i32): i32 {
  let sum = i32x4.splat(0);
  let i = 0;
  for (; i + 16 <= rows; i += 16) sum = i32x4.add(sum, i32x4.extadd_pairwise_i16x8_s(i16x8.extadd_pairwise_i8x16_s(v128.load(x + i))));
  let total = i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3);
  for (; i < rows; i++) total += <i32>load<i8>(x + i);
  return -WEIGHT_ZERO * total;
}

/** Signed bytes x [rows] times a matrix [rows, columns] -> i32 [columns]. Rows are a multiple of 4, columns of 32. */
function multiply(matrix: usize, x: usize, rows: i32, columns: i32, to: usize): void {
  const start = i32x4.splat(minusZeros(x, rows));
  if (ASC_FEATURE_RELAXED_SIMD) multiplyBytes(matrix, x, rows, columns, to, start);
  else multiplyPairs(matrix, x, rows, columns, to, start);
}

/** Four products of bytes an instruction and lane: all 32 columns of a block at once. */
function multiplyBytes(matrix: usize, x: usize, rows: i32, columns: i32, to: usize, start: v128): void {
  const end = x + rows;
  let at = matrix;
  for (let column = 0; column < columns; column += BLOCK) {
    let a = start, b = start, c = start, d = start, e = start, f = start, g = start, h = start;
    for (let from = x; from < end; from += 4) {
      const four = v128.load32_splat(from);
      a = i32x4.relaxed_dot_i8x16_i7x16_add_s(four, v128.load(at, 0), a);
      b = i32x4.relaxed_dot_i8x16_i7x16_add_s(four, v128.load(at, 16), b);
      c = i32x4.relaxed_dot_i8x16_i7x16_add_s(four, v128.load(at, 32), c);
      d = i32x4.relaxed_dot_i8x16_i7x16_add_s(four, v128.load(at, 48), d);
      e = i32x4.relaxed_dot_i8x16_i7x16_add_s(four, v128.load(at, 64), e);
      f = i32x4.relaxed_dot_i8x16_i7x16_add_s(four, v128.load(at, 80), f);
      g = i32x4.relaxed_dot_i8x16_i7x16_add_s(four, v128.load(at, 96), g);
      h = i32x4.relaxed_dot_i8x16_i7x16_add_s(four, v128.load(at, 112), h);
      at += 128;
    }
    const out = to + column * 4;
    v128.store(out, a, 0);
    v128.store(out, b, 16);
    v128.store(out, c, 32);
    v128.store(out, d, 48);
    v128.store(out, e, 64);
    v128.store(out, f, 80);
    v128.store(out, g, 96);
    v128.store(out, h, 112);
  }
}

/** The same without relaxed SIMD: numbers of 16 bits, two products a lane, 16 columns at once. */
function multiplyPairs(matrix: usize, x: usize, rows: i32, columns: i32, to: usize, start: v128): void {
  for (let i = 0; i < rows; i += 8) v128.store(wide + i * 2, i16x8.extend_low_i8x16_s(v128.load64_zero(x + i)));
  const end = wide + rows * 2;
  for (let column = 0; column < columns; column += 16) {
    let at = matrix + (column & ~31) * rows + (column & 16) * 4;
    let a = i32x4.splat(0), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
    for (let from = wide; from < end; from += 8) {
      const four = v128.load64_splat(from);
      const first = v128.load(at, 0), second = v128.load(at, 16), third = v128.load(at, 32), fourth = v128.load(at, 48);
      a = i32x4.add(a, i32x4.dot_i16x8_s(four, i16x8.extend_low_i8x16_s(first)));
      b = i32x4.add(b, i32x4.dot_i16x8_s(four, i16x8.extend_high_i8x16_s(first)));
      c = i32x4.add(c, i32x4.dot_i16x8_s(four, i16x8.extend_low_i8x16_s(second)));
      d = i32x4.add(d, i32x4.dot_i16x8_s(four, i16x8.extend_high_i8x16_s(second)));
      e = i32x4.add(e, i32x4.dot_i16x8_s(four, i16x8.extend_low_i8x16_s(third)));
      f = i32x4.add(f, i32x4.dot_i16x8_s(four, i16x8.extend_high_i8x16_s(third)));
      g = i32x4.add(g, i32x4.dot_i16x8_s(four, i16x8.extend_low_i8x16_s(fourth)));
      h = i32x4.add(h, i32x4.dot_i16x8_s(four, i16x8.extend_high_i8x16_s(fourth)));
      at += 128;
    }
    const out = to + column * 4;
    v128.store(out, i32x4.add(start, pairs(a, b)), 0);
    v128.store(out, i32x4.add(start, pairs(c, d)), 16);
    v128.store(out, i32x4.add(start, pairs(e, f)), 32);
    v128.store(out, i32x4.add(start, pairs(g, h)), 48);
  }
}

/** Sums of neighbours: those of `a`, then those of `b`. */
// @ts-ignore: decorator
@inline
function pairs(a: v128, b: v128): v128 {
  return i32x4.add(v128.shuffle<i32>(a, b, 0, 2, 4, 6), v128.shuffle<i32>(a, b, 1, 3, 5, 7));
}

/** e^x: 2^n times a polynomial of the fraction; relative error 2e-7. */
// @ts-ignore: decorator
@inline
function exp(x: v128): v128 {
  const scaled = f32x4.min(f32x4.max(f32x4.mul(x, f32x4.splat(1.44269504)), f32x4.splat(-126)), f32x4.splat(126));
  const whole = f32x4.nearest(scaled);
  const f = f32x4.sub(scaled, whole);
  let p = f32x4.splat(0.00015403530);
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(0.0013333558));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(0.0096181291));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(0.055504109));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(0.24022651));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(0.69314718));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(whole), i32x4.splat(127)), 23);
  return f32x4.mul(p, power);
}

// @ts-ignore: decorator
@inline
function sigmoid(x: v128): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exp(f32x4.neg(x))));
}

// @ts-ignore: decorator
@inline
function tanh(x: v128): v128 {
  const e = exp(f32x4.add(x, x));
  return f32x4.sub(f32x4.splat(1), f32x4.div(f32x4.splat(2), f32x4.add(e, f32x4.splat(1))));
}

function tanhOf(x: f32): f32 {
  return f32x4.extract_lane(tanh(f32x4.splat(x)), 0);
}
