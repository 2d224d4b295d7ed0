import { rowOf, type Matrix } from "../../vector/matrix.ts";
import { quoteIdentifier, type SqlText, sqlText } from "../statement/sql-text.ts";

/**
 * The numbers of a student as in `StudentWeights` of src/embed. Embeddings are by character and by word ("": any
 * other).
 */
export interface StudentNumbers {
  readonly hidden: number;
  readonly gates: Matrix;
  readonly up: Matrix;
  readonly proj: Matrix;
  readonly down: Matrix;
  readonly characters: ReadonlyMap<string, Float32Array>;
  readonly words: ReadonlyMap<string, Float32Array>;
}

/** A table of a student: a key and vectors of two bytes a number. */
export interface StudentPart {
  readonly name: string;
  readonly key: SqlText;
  readonly vectors: readonly string[];
  readonly rows: Iterable<readonly [string | number, ...Float32Array[]]>;
  /** Where in a vector numbers of another scale begin. */
  readonly cuts: readonly number[];
}

/** The gates of a unit. */
export const GATES = ["input", "output", "forget", "cell"] as const;

/** The table that the units are loaded into: a row each. It is gone when the student is complete. */
export const UNIT_ROWS = "unit_row";

/** What a row may take: it has to fit on a page of Postgres. */
const ROW_BYTES = 8_000;

/** Whether the rows of a student fit into tables. */
export function fitsTables({ gates, up, down }: Pick<StudentNumbers, "gates" | "up" | "down">): boolean {
  return Math.max(4 * 2 * gates.dims, 2 * (up.dims + down.dims)) < ROW_BYTES;
}

/** The tables that a student is loaded into. */
export function partsOf({ hidden, gates, up, proj, down, characters, words }: StudentNumbers): StudentPart[] {
  const place = sqlText`place integer`;
  const range = (rows: number) => Array.from({ length: rows }, (_, at) => at);
  const units = range(2 * hidden).map((unit): [number, ...Float32Array[]] => {
    const [input, output, forget, cell] = range(4).map((gate) => rowOf(gates, 4 * unit + gate));
    // tanh(x) = 2 sigmoid(2 x) - 1
    return [unit + 1, input!, output!, forget!, cell!.map((value) => 2 * value)];
  });
  const cuts = [up.dims - 1];
  const ups = range(up.rows).map((at): [number, Float32Array] => [at + 1, rowOf(up, at)]);
  const outputs = range(proj.rows).map((at): [number, ...Float32Array[]] => [at + 1, rowOf(proj, at), rowOf(down, at)]);
  const key = (name: string) => ({ name, key: sqlText`${quoteIdentifier(name)} text collate "C"` });
  return [
    {
      name: UNIT_ROWS,
      key: place,
      vectors: GATES,
      rows: units,
      cuts: [hidden, gates.dims - 1],
    },
    { name: "hidden", key: place, vectors: ["pooled"], rows: ups, cuts },
    { name: "output", key: place, vectors: ["pooled", "hidden"], rows: outputs, cuts },
    { ...key("character"), vectors: ["embedding"], rows: characters, cuts: [] },
    { ...key("word"), vectors: ["embedding"], rows: words, cuts: [] },
  ];
}
