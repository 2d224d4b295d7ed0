import { styleText } from "node:util";

/** The formats in use. */
export type Format = "bold" | "green" | "yellow" | "red";

/** The text in a format where the stream is a terminal. NO_COLOR, unless empty, and TERM=dumb turn formats off. */
export function paint(
  { isTTY }: { readonly isTTY?: boolean },
  { NO_COLOR, TERM }: NodeJS.ProcessEnv,
  format: Format,
  text: string,
): string {
  if (isTTY !== true || NO_COLOR || TERM === "dumb") return text;
  return styleText(format, text, { validateStream: false }); // the stream is this one, and the environment the run's
}
