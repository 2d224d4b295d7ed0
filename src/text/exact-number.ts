/** Reviver for `JSON.parse` that rejects integers beyond 2^53, which have lost digits. Throws a RangeError. */
export function requireExact(_name: string, value: unknown): unknown {
  if (typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value))
    throw new RangeError(String(value));
  return value;
}
