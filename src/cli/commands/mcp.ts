import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Command } from "commander";
import { openDatabase } from "../../db/connect/open.ts";
import { McpServer } from "../../serve/mcp-protocol.ts";
import { McpTools } from "../../serve/mcp-tools.ts";
import { configOf, flagsOf, type Context, type GlobalFlags } from "../context.ts";
import { wholeNumber } from "../flag-number.ts";
import { say, writeLine } from "../output.ts";
import { t } from "../language.ts";
import { tokenOf } from "../token.ts";

interface McpFlags {
  host: string;
  port?: string;
  tokenFile?: string;
}

export function defineMcp(verb: Command, context: Context): void {
  verb
    .argument("[index...]", "indexes that may be asked (default: all)")
    .option("--port <n>", "serve over HTTP on this port, 0 for a free one (default: over standard input and output)")
    .option("--host <address>", "address to listen on; any but this machine's own needs a token", "127.0.0.1")
    .option("--token-file <file>", "file with the token that callers must send (or LTD_TOKEN)")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index mcp                                          an assistant starts it like this, and asks over standard input
  ltd-index mcp faq --database-url postgres://…
  ltd-index mcp --port 8081                              http://127.0.0.1:8081/mcp

Tools: match, search, similar, status; all of them only read. Neither the database nor the model is opened before the first
call. docs/mcp.md has the settings of some assistants. It ends when standard input does, or with SIGTERM.`,
    )
    .action(async (names: string[], _options: object, command: Command) => {
      const flags = flagsOf<McpFlags>(command);
      const { databaseUrl: url, databaseFolder: folder, model, threads } = configOf(context, flags);
      const open = async () => context.database ?? openDatabase({ url, folder, create: false });
      const tools = new McpTools({ open, owned: context.database === undefined, names, model, threads });
      if (flags.port === undefined) await overStreams(context, tools);
      else await overHttp(context, flags, flags.port, tools);
      context.stopIsSuccess = true;
    });
}

/** A message a line, until standard input ends; answers come as they are ready. */
async function overStreams(context: Context, tools: McpTools): Promise<void> {
  const server = new McpServer(tools);
  const running = new Set<Promise<void>>();
  const lines = createInterface({ input: context.stdin, crlfDelay: Number.POSITIVE_INFINITY, signal: context.signal });
  try {
    for await (const line of lines) {
      if (line.trim() === "") continue;
      const answering = server.answer(line).then(async (answer) => {
        if (answer !== undefined) await writeLine(context, answer);
      });
      running.add(answering);
      void answering.finally(() => running.delete(answering));
    }
  } finally {
    if (context.signal.aborted) server.abort();
    await Promise.allSettled(running);
    await tools.close();
  }
}

async function overHttp(context: Context, flags: McpFlags & GlobalFlags, port: string, tools: McpTools): Promise<void> {
  const token = await tokenOf(context, flags);
  const { serveMcp } = await import("../../serve/mcp-http.ts");
  const options = { host: flags.host, port: wholeNumber("--port", port, 0, 65_535), token };
  const { url, close } = await serveMcp(tools, options);
  try {
    if (flags.json) await writeLine(context, JSON.stringify({ url }));
    else say(context, flags, t`answering at ${url}`);
    if (!context.signal.aborted) await once(context.signal, "abort");
  } finally {
    await close();
  }
}
