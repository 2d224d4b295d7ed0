import { toJsonSchema } from "@valibot/to-json-schema";
import { LtdError } from "../errors.ts";
import { packageVersion } from "../package-root.ts";
import { mcpTools, type McpToolName, type McpTools } from "./mcp-tools.ts";

/** Versions of the protocol that are spoken, the newest first. Source: https://modelcontextprotocol.io/specification */
export const MCP_VERSIONS = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"] as const;

/** Codes of JSON-RPC 2.0. */
const [PARSE_ERROR, INVALID_REQUEST, NO_METHOD, INVALID_PARAMS, INTERNAL] = [
  -32_700, -32_600, -32_601, -32_602, -32_603,
];

type Id = string | number;

/** A message of JSON-RPC, as far as it is known to be one. */
interface Message {
  readonly jsonrpc?: unknown;
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: unknown;
}

interface Response {
  readonly jsonrpc: "2.0";
  readonly id: Id | null;
  readonly result?: object;
  readonly error?: { readonly code: number; readonly message: string };
}

const INSTRUCTIONS =
  "Tables of short texts (questions, titles, tickets) in Postgres, indexed by meaning. Ask match first: it says whether a row answers. " +
  "Where its decision is none, say that nothing fits instead of using its rows. status lists the indexes.";

/**
 * A server of the Model Context Protocol without the transport: messages in, answers out. It keeps nothing of a caller
 * but what runs.
 */
export class McpServer {
  readonly #tools: McpTools;
  /** What runs, by the id of its request. */
  readonly #running = new Map<Id, AbortController>();

  constructor(tools: McpTools) {
    this.#tools = tools;
  }

  /**
   * Answers a message, or several in an array. Undefined: there is nothing to answer. Never rejects.
   *
   * @param text JSON
   * @param signal aborts what the message asks for
   */
  async answer(text: string, signal?: AbortSignal): Promise<string | undefined> {
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch {
      return JSON.stringify(failure(null, PARSE_ERROR, "this is not JSON"));
    }
    if (!Array.isArray(message)) {
      const one = await this.#one(message as Message, signal);
      return one && JSON.stringify(one);
    }
    if (message.length === 0) return JSON.stringify(failure(null, INVALID_REQUEST, "the array is empty"));
    const all = await Promise.all(message.map((each) => this.#one(each as Message, signal)));
    const answers = all.filter((each) => each !== undefined);
    return answers.length === 0 ? undefined : JSON.stringify(answers);
  }

  /** Aborts all that runs. */
  abort(): void {
    for (const each of this.#running.values()) each.abort();
  }

  async #one(message: Message | null, signal: AbortSignal | undefined): Promise<Response | undefined> {
    const { jsonrpc, id, method, params } = message ?? {};
    const isId = typeof id === "string" || typeof id === "number";
    if (jsonrpc !== "2.0" || (id !== undefined && !isId) || (typeof method !== "string" && !isId))
      return failure(isId ? id : null, INVALID_REQUEST, "this is no message of JSON-RPC 2.0");
    if (typeof method !== "string") return undefined; // an answer: nothing was asked
    if (!isId) {
      const cancelled = method === "notifications/cancelled" ? (params as { requestId?: Id })?.requestId : undefined;
      if (cancelled !== undefined) this.#running.get(cancelled)?.abort();
      return undefined;
    }
    const own = new AbortController();
    this.#running.set(id, own);
    try {
      const result = await this.#run(method, params, signal ? AbortSignal.any([signal, own.signal]) : own.signal);
      // no client waits for what was cancelled
      return own.signal.aborted ? undefined : { jsonrpc: "2.0", id, result };
    } catch (error) {
      if (own.signal.aborted) return undefined;
      if (error instanceof WrongRequest) return failure(id, error.code, error.message);
      return failure(id, INTERNAL, "the request failed");
    } finally {
      this.#running.delete(id);
    }
  }

  async #run(method: string, params: unknown, signal: AbortSignal): Promise<object> {
    switch (method) {
      case "initialize":
        return initialize(params);
      case "ping":
        return {};
      case "tools/list":
        return { tools: listTools() };
      case "tools/call":
        return this.#call(params, signal);
      default:
        throw new WrongRequest(NO_METHOD, `there is no method ${method}`);
    }
  }

  async #call(params: unknown, signal: AbortSignal): Promise<object> {
    const { name, arguments: given } = (params ?? {}) as { name?: unknown; arguments?: unknown };
    if (typeof name !== "string" || !Object.hasOwn(mcpTools, name))
      throw new WrongRequest(INVALID_PARAMS, `there is no tool ${JSON.stringify(name)}`);
    try {
      const result = await this.#tools.call(name as McpToolName, given, signal);
      const text = JSON.stringify(result);
      return { content: [{ type: "text", text }], structuredContent: JSON.parse(text) as object };
    } catch (error) {
      // the assistant reads it, and may ask better
      if (!(error instanceof LtdError)) throw error;
      const text = error.hint === undefined ? error.message : `${error.message} (${error.hint})`;
      return { content: [{ type: "text", text }], isError: true };
    }
  }
}

class WrongRequest extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

function failure(id: Id | null, code: number, message: string): Response {
  return { jsonrpc: "2.0", id, error: { code, message } };
}

function initialize(params: unknown): object {
  const { protocolVersion } = (params ?? {}) as { protocolVersion?: unknown };
  return {
    protocolVersion: MCP_VERSIONS.find((version) => version === protocolVersion) ?? MCP_VERSIONS[0],
    capabilities: { tools: {} },
    serverInfo: { name: "ltd-index", version: packageVersion() },
    instructions: INSTRUCTIONS,
  };
}

function listTools(): object[] {
  return Object.entries(mcpTools).map(([name, { title, description, schema }]) => ({
    name,
    title,
    description,
    inputSchema: toJsonSchema(schema),
    annotations: { title, readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  }));
}
