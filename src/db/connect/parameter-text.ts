/**
 * A parameter as the protocol sends it: text, or null. Booleans, dates, bytes and arrays (of one dimension) are written
 * as Postgres reads them.
 */
export function parameterText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return `{${value.map(elementText).join(",")}}`;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString("hex")}`;
  return typeof value === "object" ? JSON.stringify(value) : String(value as string | number | bigint | boolean);
}

function elementText(value: unknown): string {
  const text = parameterText(value);
  return text === null ? "NULL" : `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
}
