import { Hono } from "hono";
import { requireWhole } from "../range.ts";
import { limitBody } from "./body.ts";
import { isToken, LOOPBACK, requireToken, start, stop, urlOf } from "./http.ts";
import { MCP_VERSIONS, McpServer } from "./mcp-protocol.ts";
import type { McpTools } from "./mcp-tools.ts";

/** Settings of {@link serveMcp}. */
export interface McpHttpOptions {
  /** Address to listen on. Any other one than this machine's needs a token. */
  host: string;
  /** 0 to 65535; 0 takes a free one. */
  port: number;
  /** What callers must send as `Authorization: Bearer …`. */
  token?: string | undefined;
}

const MOST_BYTES = 2 ** 20;
/** Requests that run at once; more are refused with 503. */
const MOST_AT_ONCE = 64;

/**
 * Serves the tools by "Streamable HTTP" of the protocol. Each message is a POST to /mcp, answered as JSON. There are no
 * sessions, and nothing is sent by itself.
 * @throws {LtdError} usage: an address that others reach without a token; input: the port is taken
 */
export async function serveMcp(tools: McpTools, { host, port, token }: McpHttpOptions) {
  requireWhole("port", port, 0, 65_535);
  requireToken(host, token);
  const server = await start(createMcpApp(tools, token, LOOPBACK.has(host)).fetch, host, port);
  return {
    url: `${urlOf(server)}/mcp`,
    close: async () => {
      await stop(server);
      await tools.close();
    },
  };
}

/**
 * The HTTP interface. On a loopback address a page of another site must not ask through a name that leads here (DNS
 * rebinding).
 */
function createMcpApp(tools: McpTools, token: string | undefined, isLoopback: boolean): Hono {
  const app = new Hono();
  let running = 0;
  app.get("/healthz", (c) => c.json({ ok: true }));
  app.use("/mcp", async (c, next) => {
    const origin = c.req.header("origin");
    if (isLoopback && !(isLocal(origin) && isLocal(`http://${c.req.header("host") ?? "localhost"}`)))
      return c.text("this origin may not ask", 403);
    if (token !== undefined && !isToken(c.req.header("authorization"), token)) {
      c.header("www-authenticate", "Bearer");
      return c.text("the token is missing or wrong", 401);
    }
    const version = c.req.header("mcp-protocol-version");
    if (version !== undefined && !MCP_VERSIONS.some((each) => each === version))
      return c.text(`the protocol ${version} is not spoken, but: ${MCP_VERSIONS.join(", ")}`, 400);
    return next();
  });
  app.use(
    "/mcp",
    limitBody(MOST_BYTES, (c) => c.text("the message is too long", 413)),
  );
  app.post("/mcp", async (c) => {
    if (running >= MOST_AT_ONCE) return c.text("too many requests run", 503, { "retry-after": "1" });
    running++;
    try {
      // ids of different callers may be the same: each message is a server of its own
      const answer = await new McpServer(tools).answer(await c.req.text(), c.req.raw.signal);
      return answer === undefined ? c.body(null, 202) : c.body(answer, 200, { "content-type": "application/json" });
    } finally {
      running--;
    }
  });
  app.all("/mcp", (c) => c.text("POST only", 405, { allow: "POST" }));
  return app;
}

function isLocal(origin: string | undefined): boolean {
  if (origin === undefined) return true;
  const name = URL.canParse(origin) ? new URL(origin).hostname.replaceAll(/^\[|\]$/g, "") : "";
  return LOOPBACK.has(name);
}
