/**
 * Reads a word table, `words.tsv`, into columns. This is AssemblyScript; `npm run engine` compiles it, and
 * src/text/word-columns.ts calls it. A process that answers one question ends before V8 has compiled a loop over four
 * megabytes.
 */

const TAB: u32 = 9;
const NEWLINE: u32 = 10;
/** Numbers are exact in a float64 up to here. */
const LARGEST: u64 = (1 << 53) - 1;

/** The byte after the one that was read last. */
let at: usize = 0;
/** Where the next UTF-16 unit is written. */
let unit: usize = 0;
/** Whether the current line does not have the format. */
let isBad = false;

/**
 * Reads lines of "word TAB frequency TAB document frequency NEWLINE" in UTF-8.
 * @param text address of the lines; the last one ends with NEWLINE
 * @param end address behind it
 * @param units where the words go in UTF-16, one behind the other
 * @param starts where to write the number of units before each word (u32), and before the end
 * @param frequencies where both numbers of each line go (f64)
 * @returns the number of lines, or -1 minus the lines before the first one that is wrong
 */
export function readWords(
  text: usize, end: usize, units: usize, starts: usize, frequencies: usize, documentFrequencies: usize,
): i32 {
  at = text;
  unit = units;
  isBad = false;
  let row = 0;
  store<u32>(starts, 0);
  while (at < end) {
    const start = unit;
    readWord();
    if (unit === start) isBad = true;
    store<f64>(frequencies + row * 8, readNumber(TAB));
    store<f64>(documentFrequencies + row * 8, readNumber(NEWLINE));
    if (isBad) return -1 - row;
    row++;
    store<u32>(starts + row * 4, <u32>((unit - units) >>> 1));
  }
  return row;
}

/** Reads a word and the tab behind it. */
function readWord(): void {
  for (;;) {
    const lead = <u32>load<u8>(at);
    if (lead === TAB) {
      at++;
      return;
    }
    if (lead <= NEWLINE) {
      isBad = true;
      return;
    }
    at++;
    if (lead < 0x80) put(lead);
    else if (lead >= 0xe0 && lead < 0xf0) put(continued(continued(lead & 0x0f)));
    else if (lead >= 0xc2 && lead < 0xe0) put(continued(lead & 0x1f));
    else if (lead >= 0xf0 && lead < 0xf5) putPair(continued(continued(continued(lead & 0x07))) - 0x10000);
    else isBad = true;
    if (isBad) return;
  }
}

/** Six further bits of a character. The newline at the end is none of its bytes, so that nothing behind it is read. */
function continued(bits: u32): u32 {
  const next = <u32>load<u8>(at);
  if ((next & 0xc0) !== 0x80) {
    isBad = true;
    return 0;
  }
  at++;
  return (bits << 6) | (next & 0x3f);
}

function put(code: u32): void {
  store<u16>(unit, code);
  unit += 2;
}

function putPair(code: u32): void {
  put(0xd800 | (code >>> 10));
  put(0xdc00 | (code & 0x3ff));
}

/** Reads digits and the byte behind them. */
function readNumber(behind: u32): f64 {
  let value: u64 = 0;
  const first = at;
  for (;;) {
    const digit = <u32>load<u8>(at) - 48;
    if (digit > 9) break;
    value = value * 10 + digit;
    if (value > LARGEST) isBad = true;
    at++;
  }
  if (at === first || <u32>load<u8>(at) !== behind) isBad = true;
  else at++;
  return <f64>value;
}
