import { readFileSync, writeFileSync } from "node:fs";

const MEASURED = /(<!-- measured -->\n)[^]*?(\n<!-- end -->)/;

/**
 * The place for what is measured in a Markdown file, so that no figure is copied by hand; the function returned fills it.
 *
 * Throws, before anything is measured, when the file has no place for it.
 */
export function placeIn(file: string): (measured: string) => void {
  if (!MEASURED.test(readFileSync(file, "utf8"))) {
    throw new Error(`${file} has no line <!-- measured --> with a line <!-- end --> after it`);
  }
  return (measured) => {
    const fill = (_: string, start: string, end: string) => `${start}\n${measured.trimEnd()}\n${end}`;
    writeFileSync(file, readFileSync(file, "utf8").replace(MEASURED, fill));
  };
}
