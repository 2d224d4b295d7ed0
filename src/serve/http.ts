import { createHash, timingSafeEqual } from "node:crypto";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { serve as listen } from "@hono/node-server";
import { LtdError } from "../errors.ts";

/** Addresses that only this machine reaches. */
export const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "::1", "localhost"]);
const LEAST_TOKEN = 16;
/** A client that takes longer to send its head, or all of its request, is cut off. */
const [HEADERS_MS, REQUEST_MS] = [10_000, 30_000] as const;
const CLOSE_MS = 10_000;

/** Throws LtdError "usage" for a public address without a token, or a token that can be guessed. */
export function requireToken(host: string, token: string | undefined): void {
  if (token === undefined && !LOOPBACK.has(host)) {
    throw new LtdError("usage", `${host} can be reached by others, and there is no token`, {
      hint: "--token-file FILE, or the variable LTD_TOKEN; callers send it as Authorization: Bearer <token>",
    });
  }
  if (token !== undefined && token.length < LEAST_TOKEN) {
    throw new LtdError("usage", `the token has ${token.length} characters, but needs at least ${LEAST_TOKEN}`, {
      hint: "openssl rand -hex 24",
    });
  }
}

/** Whether a header has the token. It compares hashes, so that the time says nothing of the token. */
export function isToken(header: string | undefined, token: string): boolean {
  const given = /^Bearer (.+)$/i.exec(header ?? "")?.[1] ?? "";
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(given), hash(token));
}

/** Where a server listens, as `http://127.0.0.1:8080`. */
export function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}

/** Listens. Throws LtdError "input" for a port that is taken. */
export function start(
  fetch: (request: Request) => Response | Promise<Response>,
  host: string,
  port: number,
): Promise<Server> {
  return new Promise((resolve, reject) => {
    const serverOptions = {
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: 1_000,
    };
    const server = listen({ fetch, hostname: host, port, serverOptions }, () => resolve(server)) as Server;
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const reason = cause.code === "EADDRINUSE" ? "is taken by another program" : `cannot be used: ${cause.message}`;
      reject(new LtdError("input", `${host}:${port} ${reason}`, { hint: "use another one: --port", cause }));
    });
  });
}

/** Takes no further request, and waits for those under way, 10 s at most. */
export async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const late = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
  await closed;
  clearTimeout(late);
}
