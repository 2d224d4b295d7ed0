import type { Context, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import * as v from "valibot";
import { LtdError } from "../errors.ts";

/**
 * Refuses a body of more than `most` bytes: by its content-length, or else while it is read.
 *
 * The latter makes a Request of the platform with a stream, which costs more than all the rest of HTTP.
 */
export function limitBody(most: number, refuse: (c: Context) => Response): MiddlewareHandler {
  const refuseAndClose = (c: Context): Response => {
    c.header("connection", "close"); // the rest of the body is not read, so the connection cannot serve another request
    return refuse(c);
  };
  const whileRead = bodyLimit({ maxSize: most, onError: refuseAndClose });
  return async (c, next) => {
    const length = c.req.header("content-length");
    if (length === undefined || c.req.header("transfer-encoding") !== undefined) return whileRead(c, next);
    return Number(length) > most ? refuseAndClose(c) : next();
  };
}

/** The body of a request, as its schema has it. Throws LtdError "usage" that names what is wrong and where. */
export async function bodyOf<Schema extends v.GenericSchema>(
  c: Context,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  const json: unknown = await c.req.json().catch((cause: unknown) => {
    throw new LtdError("usage", "the body is not JSON", { hint: "see /openapi.json", cause });
  });
  const parsed = v.safeParse(schema, json);
  if (parsed.success) return parsed.output;
  const problems = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? "the body"}: ${issue.message}`);
  throw new LtdError("usage", problems.join("; "), { hint: "see /openapi.json" });
}

/**
 * The same of a request that writes. It must say that its body is JSON: a page of another site cannot send that without
 * being asked first.
 *
 * @throws {LtdError} "usage" for another content type, or another body
 */
export function writingBodyOf<Schema extends v.GenericSchema>(
  c: Context,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  const type = c.req.header("content-type") ?? "";
  if (/^application\/json\s*(;|$)/i.test(type)) return bodyOf(c, schema);
  throw new LtdError("usage", `the content type is ${type === "" ? "missing" : type}, but must be application/json`, {
    hint: "send it as content-type: application/json",
  });
}

/** An object without the fields that are undefined. */
export function withoutUndefined<T extends object>(options: T): { [Name in keyof T]: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [Name in keyof T]: Exclude<T[Name], undefined>;
  };
}
