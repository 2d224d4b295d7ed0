/** Cuts a normalised text into words whose concatenation is the text, by a dictionary. */
export interface WordCutter {
  cut(text: string): string[];
}

const LETTER = /^[a-z]$/;
const DIGIT = /^[0-9]$/;

/**
 * The words of a normalised text, blanks left out.
 *
 * A dictionary cutter leaves Latin words and numbers as single characters (`i p h o n e 1 5`): neighbours that are both
 * letters a-z, or both digits, are joined to one word here (`iphone 15`).
 */
export function segment(text: string, cutter: WordCutter): string[] {
  const words: string[] = [];
  let run = ""; // the single letters, or single digits, since the last other word
  let runOf: RegExp | undefined;
  for (const word of cutter.cut(text)) {
    const kind = word.length > 1 ? undefined : LETTER.test(word) ? LETTER : DIGIT.test(word) ? DIGIT : undefined;
    if (run !== "" && kind !== runOf) {
      words.push(run);
      run = "";
    }
    if (kind !== undefined) run += word;
    else if (word.trim() !== "") words.push(word);
    runOf = kind;
  }
  if (run !== "") words.push(run);
  return words;
}
