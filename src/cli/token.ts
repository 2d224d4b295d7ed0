import { readFile } from "node:fs/promises";
import { LtdError } from "../errors.ts";
import type { Context } from "./context.ts";

/**
 * The token that callers must send: of the file, else of LTD_TOKEN. Throws LtdError "input" for a file that cannot be
 * read.
 */
export async function tokenOf(context: Context, { tokenFile }: { tokenFile?: string }): Promise<string | undefined> {
  if (tokenFile === undefined) return context.environment["LTD_TOKEN"] || undefined;
  try {
    return (await readFile(tokenFile, "utf8")).trim();
  } catch (cause) {
    throw new LtdError("input", `--token-file ${tokenFile} cannot be read: ${(cause as Error).message}`, {
      hint: "openssl rand -hex 24 > token",
      cause,
    });
  }
}
