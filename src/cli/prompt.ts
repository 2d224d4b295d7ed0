import { createInterface } from "node:readline/promises";
import type { Context, GlobalFlags } from "./context.ts";
import { say } from "./output.ts";
import { t } from "./language.ts";

/** Questions that the arrow keys bring back. */
const HISTORY = 500;

/**
 * Asks a person for questions, with line editing and a history of this run. Ends with an empty line, Ctrl-D or Ctrl-C.
 * The prompt goes to standard error, so that standard output has results only.
 */
export async function* promptQuestions(context: Context, flags: GlobalFlags): AsyncGenerator<string> {
  say(context, flags, t`Type a question; an empty line or Ctrl-D ends.`);
  const { stdin: input, stderr: output, signal } = context;
  const lines = createInterface({
    input,
    output,
    signal,
    terminal: true,
    historySize: HISTORY,
    removeHistoryDuplicates: true,
    prompt: flags.quiet ? "" : "> ",
  });
  let isClosed = false;
  lines.once("close", () => (isClosed = true));
  try {
    lines.prompt();
    for await (const line of lines) {
      if (line.trim() === "") return;
      yield line;
      if (!isClosed) lines.prompt(); // the end of the input may have come behind a line that is still to be answered
    }
    output.write("\n"); // Ctrl-D leaves the cursor behind the prompt
  } finally {
    lines.close();
  }
}
