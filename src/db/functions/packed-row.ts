import { floatToHalf, halfToFloat } from "../../vector/half.ts";

/** The largest integers that are tried: those of 4 bits, and those of 8. */
const [SMALL, LARGE] = [8, 127] as const;

/**
 * Packs a row of numbers as text, for `sql/dump/create-vector.sql`.
 *
 * Each part is a scale and integers of 4 or 8 bits where these give exactly the same half-precision numbers, else
 * decimals.
 *
 * @param cuts where another scale may begin
 */
export function packRow(values: Float32Array, cuts: readonly number[]): string {
  const whole = packIntegers(values);
  if (whole !== undefined) return whole;
  const bounds = [0, ...cuts.filter((cut) => cut < values.length), values.length];
  return bounds
    .slice(1)
    .map((end, at) => values.subarray(bounds[at], end))
    .map((part) => packIntegers(part) ?? packDecimals(part))
    .join(";");
}

function packIntegers(values: Float32Array): string | undefined {
  const most = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  for (let largest = 1; largest <= LARGE; largest++) {
    const scale = Math.fround(most / largest);
    const integers = integersOf(values, scale || 1);
    if (integers === undefined) continue;
    const text = Number(scale.toPrecision(9));
    const low = Math.min(...integers);
    if (low >= -SMALL && Math.max(...integers) < SMALL)
      return `${text}:${integers.map((n) => hex(n + SMALL)).join("")}`;
    const shifted = integers.map((n) => n + LARGE + 1);
    return `${text}:${shifted.map((n) => hex(n >> 4)).join("")}:${shifted.map((n) => hex(n & 15)).join("")}`;
  }
  return undefined;
}

/** Integers that give the numbers at half precision when multiplied by the scale. Undefined: there are none. */
function integersOf(values: Float32Array, scale: number): number[] | undefined {
  const integers: number[] = [];
  for (const value of values) {
    const integer = Math.round(value / scale);
    if (floatToHalf(Math.fround(integer * scale)) !== floatToHalf(value)) return undefined;
    integers.push(integer);
  }
  return integers;
}

/** Five digits say a number of half precision exactly. */
function packDecimals(values: Float32Array): string {
  return `[${Array.from(values, (value) => Number(halfToFloat(floatToHalf(value)).toPrecision(5))).join(",")}]`;
}

function hex(digit: number): string {
  return digit.toString(16);
}
