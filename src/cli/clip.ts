/** A text as people want to see it: in one line, and cut where it is long. `--json` has all of it. */
export function clip(text: string, most = 200): string {
  const characters = Array.from(
    text
      .slice(0, 4 * most)
      .replaceAll(/\s+/g, " ")
      .trim(),
  );
  return characters.length <= most ? characters.join("") : `${characters.slice(0, most - 1).join("")}…`;
}
