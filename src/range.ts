import { LtdError } from "./errors.ts";

/** What every error about a whole number out of range says of it. */
export function mustBeWhole(low: number, high: number): string {
  return `must be a whole number from ${low} to ${high}`;
}

/**
 * Requires a whole number in [low, high].
 *
 * @param written how the user wrote the number; default: `value` itself
 * @throws {LtdError} "usage" that names the setting, the value and the range
 */
export function requireWhole(name: string, value: number, low: number, high: number, written = String(value)): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  throw new LtdError("usage", `${name} is ${written}, but ${mustBeWhole(low, high)}`);
}

/** Requires k, a number of results, in [1, 1000]. Throws as {@link requireWhole} does. */
export function requireLimit(limit: number, written?: string): void {
  requireWhole("limit", limit, 1, 1000, written);
}
