import { LtdError } from "../errors.ts";
import { requireWhole } from "../range.ts";

/** A flag's whole number. Throws an LtdError "usage" for anything else; `written` is how the user wrote it. */
export function wholeNumber(flag: string, written: string, low: number, high: number): number {
  const value = written.trim() === "" ? Number.NaN : Number(written);
  requireWhole(flag, value, low, high, written);
  return value;
}

/** A flag's number, which need not be whole. */
export function numberBetween(flag: string, written: string, low: number, high: number): number {
  const value = written.trim() === "" ? Number.NaN : Number(written);
  if (value >= low && value <= high) return value;
  throw new LtdError("usage", `${flag} is ${written}, but must be a number from ${low} to ${high}`);
}
