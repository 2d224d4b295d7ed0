/** For `JSON.parse`: throws a RangeError for an integer beyond 2^53, which has lost digits when it gets here. */
export function requireExact(_name: string, value: unknown): unknown {
  if (typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value))
    throw new RangeError(String(value));
  return value;
}
