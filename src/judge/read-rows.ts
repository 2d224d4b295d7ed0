import { LtdError } from "../errors.ts";
import { requireExact } from "../text/exact-number.ts";

/** Rows with names for their columns, of a file or a query. */
export interface NamedRows {
  /** What to call them in messages. */
  readonly source: string;
  /** Null: a file without a header; the columns are then called 1, 2, … */
  readonly header: readonly string[] | null;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** Where a row stands, for messages: `line 17`. */
  readonly placeOf: (row: number) => string;
}

/**
 * Reads CSV, TSV or JSON Lines, whichever the text is. CSV is RFC 4180 with a comma or a semicolon; in TSV a tab ends a
 * cell and quotes mean nothing; JSON Lines has an object on each line. A byte order mark is dropped, and so are blank
 * lines.
 * @param isHeader whether these cells of the first line are names of columns
 * @throws LtdError "input" that names the line that is wrong
 */
export function readRows(text: string, source: string, isHeader: (cells: readonly string[]) => boolean): NamedRows {
  const bare = text.replace(/^\u{feff}/u, "");
  if (/^\s*$/.test(bare))
    throw new LtdError("input", `${source} has no rows`, { hint: "it needs a line for each row" });
  return /^\s*\{/.test(bare) ? readObjects(bare, source) : readTable(bare, source, isHeader);
}

function readObjects(text: string, source: string): NamedRows {
  const lines: number[] = [];
  const rows: Record<string, unknown>[] = [];
  text.split("\n").forEach((line, at) => {
    if (line.trim() === "") return;
    let row: unknown;
    try {
      row = JSON.parse(line, requireExact);
    } catch (cause) {
      if (cause instanceof RangeError) {
        throw new LtdError("input", `line ${at + 1} of ${source} has a number beyond 2^53: ${cause.message}`, {
          hint: "write it as a string: a number of JavaScript would lose digits",
        });
      }
      throw new LtdError("input", `line ${at + 1} of ${source} is not JSON: ${line.slice(0, 80)}`, {
        hint: "JSON Lines have one object a line",
        cause,
      });
    }
    if (typeof row !== "object" || row === null || Array.isArray(row))
      throw new LtdError("input", `line ${at + 1} of ${source} is not an object: ${line.slice(0, 80)}`);
    rows.push(row as Record<string, unknown>);
    lines.push(at + 1);
  });
  const header = [...new Set(rows.slice(0, 100).flatMap((row) => Object.keys(row)))];
  return { source, header, rows, placeOf: (row) => `line ${lines[row]}` };
}

function readTable(text: string, source: string, isHeader: (cells: readonly string[]) => boolean): NamedRows {
  const firstLine = text.slice(0, text.search(/\n|$/));
  const mark = firstLine.includes("\t") ? "\t" : firstLine.includes(",") || !firstLine.includes(";") ? "," : ";";
  const records = mark === "\t" ? splitTabs(text) : splitQuoted(text, mark, source);
  const [first] = records;
  const header = isHeader(first!.cells) ? first!.cells.map((name) => name.trim()) : null;
  const names = header ?? first!.cells.map((_, at) => String(at + 1));
  const body = header === null ? records : records.slice(1);
  if (body.length === 0) throw new LtdError("input", `${source} has a header, and no rows`);
  const rows = body.map(({ line, cells }) => {
    if (cells.length !== names.length) {
      throw new LtdError(
        "input",
        `line ${line} of ${source} has ${cells.length} columns, the first line has ${names.length}: ${cells.join(" | ").slice(0, 80)}`,
        { hint: "every line needs the same number of columns; put a cell with a comma in quotes, or use tabs" },
      );
    }
    return Object.fromEntries(names.map((name, at) => [name, cells[at]]));
  });
  return { source, header, rows, placeOf: (row) => `line ${body[row]!.line}` };
}

interface TableRecord {
  line: number;
  cells: string[];
}

function splitTabs(text: string): TableRecord[] {
  return text
    .split(/\r?\n/)
    .map((line, at) => ({ line: at + 1, cells: line.split("\t") }))
    .filter(({ cells }) => cells.some((cell) => cell.trim() !== ""));
}

/** A quoted cell may hold marks, line ends and, doubled, quotes. */
function splitQuoted(text: string, mark: string, source: string): TableRecord[] {
  const records: TableRecord[] = [];
  let [cells, cell, quotedFrom, line, start]: [string[], string, number, number, number] = [[], "", 0, 1, 1];
  const end = () => {
    cells.push(cell);
    if (cells.some((each) => each.trim() !== "")) records.push({ line: start, cells });
    [cells, cell] = [[], ""];
  };
  for (let at = 0; at < text.length; at++) {
    const unit = text[at]!;
    if (unit === "\n") line++;
    if (quotedFrom > 0) {
      if (unit !== '"') cell += unit;
      else if (text[at + 1] === '"') cell += text[++at];
      else quotedFrom = 0;
    } else if (unit === '"' && cell === "") quotedFrom = line;
    else if (unit === mark) {
      cells.push(cell);
      cell = "";
    } else if (unit === "\n") {
      end();
      start = line;
    } else if (unit !== "\r" || text[at + 1] !== "\n") cell += unit;
  }
  if (quotedFrom > 0)
    throw new LtdError("input", `line ${quotedFrom} of ${source} has a quote that does not end`, {
      hint: "a quote within a quoted cell is written twice",
    });
  end();
  return records;
}
