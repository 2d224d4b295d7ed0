import { LtdError } from "../errors.ts";

/** What is decoded: a name for messages, and any encoding label of the WHATWG Encoding Standard. Default: UTF-8. */
export interface Encoded {
  readonly source: string;
  readonly encoding?: string | undefined;
}

const LINE_FEED = 0x0a;
/** Encodings that have no byte 255. Node.js 20 reads one as a private character there, with `fatal` too. */
const WITHOUT_255: ReadonlySet<string> = new Set(["gbk", "gb18030", "big5", "shift_jis", "euc-jp", "euc-kr"]);

/**
 * Bytes as text; a byte order mark at the start is dropped. Throws LtdError "input" that names the line that is not in
 * the encoding.
 */
export function decodeText(bytes: Uint8Array, encoded: Encoded): string {
  const decoder = new LineDecoder(encoded);
  for (const line of splitLines(bytes, decoder).lines) decoder.decode(line);
  return new TextDecoder(encoded.encoding).decode(bytes);
}

/**
 * The lines of a stream of bytes, as they come and without their ends. A byte order mark at the start is dropped.
 *
 * @throws LtdError "input" that names the line that is not in the encoding, "usage" for an encoding that there is not
 */
export async function* decodeLines(
  chunks: AsyncIterable<Uint8Array | string>,
  encoded: Encoded,
): AsyncGenerator<string> {
  const decoder = new LineDecoder(encoded);
  let rest: Uint8Array[] = [];
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk);
    rest.push(bytes);
    if (!bytes.includes(LINE_FEED)) continue;
    const { lines, last } = splitLines(Buffer.concat(rest), decoder);
    for (const line of lines.slice(0, -1)) yield decoder.decode(line);
    rest = [last];
  }
  // of two bytes the last line feed may have come in pieces
  const { lines } = splitLines(Buffer.concat(rest), decoder);
  if (lines.at(-1)!.length === 0) lines.pop();
  for (const line of lines) yield decoder.decode(line);
}

/** Decodes one line after the other: each is whole characters, so that an error is of this line. */
class LineDecoder {
  /** A line feed. */
  readonly end: readonly number[];
  readonly #decoder: InstanceType<typeof TextDecoder>;
  readonly #source: string;
  #line = 0;

  constructor({ source, encoding = "utf-8" }: Encoded) {
    this.#source = source;
    try {
      this.#decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
    } catch (cause) {
      throw new LtdError("usage", `there is no encoding ${JSON.stringify(encoding)}`, {
        hint: "one of utf-8, gbk, gb18030, big5, utf-16le, utf-16be, shift_jis",
        cause,
      });
    }
    const name = this.#decoder.encoding;
    this.end = name === "utf-16le" ? [LINE_FEED, 0] : name === "utf-16be" ? [0, LINE_FEED] : [LINE_FEED];
  }

  /** The text of the next line, without a carriage return at its end. */
  decode(bytes: Uint8Array): string {
    this.#line++;
    let text: string;
    try {
      text = this.#decoder.decode(bytes);
    } catch (cause) {
      throw this.#refuse(bytes, cause);
    }
    if (WITHOUT_255.has(this.#decoder.encoding) && bytes.includes(255)) throw this.#refuse(bytes);
    if (this.end.length === 1 && isFullOfZeros(bytes)) throw this.#refuse(bytes);
    return text.slice(this.#line === 1 && text.startsWith("\u{feff}") ? 1 : 0, text.endsWith("\r") ? -1 : undefined);
  }

  #refuse(bytes: Uint8Array, cause?: unknown): LtdError {
    const name = this.#decoder.encoding.toUpperCase();
    return new LtdError("input", `line ${this.#line} of ${this.#source} is not in ${name}`, {
      hint: hintFor(bytes),
      cause,
    });
  }
}

/** Lines without their line feeds; the last one, which may go on, is in both. */
function splitLines(bytes: Uint8Array, { end }: LineDecoder): { lines: Uint8Array[]; last: Uint8Array } {
  const lines: Uint8Array[] = [];
  let start = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) {
    // of two bytes it stands at an even place
    const unit = at - (at % end.length);
    if (!end.every((byte, place) => bytes[unit + place] === byte)) continue;
    lines.push(bytes.subarray(start, unit));
    start = unit + end.length;
  }
  const last = bytes.subarray(start);
  return { lines: [...lines, last], last };
}

/** Whether bytes have enough zeros to be a text of two bytes a character. */
function isFullOfZeros(bytes: Uint8Array): boolean {
  return bytes.includes(0) && bytes.reduce((zeros, byte) => zeros + Number(byte === 0), 0) * 4 >= bytes.length;
}

function hintFor(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return "it begins as UTF-16 does: --encoding utf-16le";
  if (first === 0xfe && second === 0xff) return "it begins as UTF-16 does: --encoding utf-16be";
  if (isFullOfZeros(bytes)) return `it may be in UTF-16: --encoding utf-16${first === 0 ? "be" : "le"}`;
  const guess = ["gbk", "big5"].find((encoding) => isChinese(bytes, encoding));
  return guess === undefined
    ? "convert it to UTF-8, or name its encoding: --encoding gbk, big5, utf-16le"
    : `it may be in ${guess.toUpperCase()}: --encoding ${guess}`;
}

function isChinese(bytes: Uint8Array, encoding: string): boolean {
  try {
    return /\p{Script=Han}/u.test(new TextDecoder(encoding, { fatal: true }).decode(bytes));
  } catch {
    return false;
  }
}
