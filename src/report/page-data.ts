import type { ReportData, ReportPoint } from "./report-data.ts";

/** {@link ReportData} as the page carries it: 50,000 rows take some 3 MB. */
export interface PageData extends Omit<ReportData, "points"> {
  readonly texts: readonly string[];
  readonly keys: readonly (readonly string[])[];
  /** Base64 of uint16, little-endian: x and y of every row, 65535 is the longer side of the map. */
  readonly positions: string;
  /** Base64 of uint16: position in `clusters` of every row; `clusters.length`: in none. */
  readonly clusterOf: string;
}

/** Characters of a row that the page carries; the model reads 128. */
const LONGEST_TEXT = 300;
const FINEST = 65_535;

/** Packs a report for its page. */
export function toPageData({ points, ...data }: ReportData): PageData {
  const position = new Map(data.clusters.map(({ id }, at) => [id, at]));
  const cut = <Row extends { text: string }>(row: Row): Row => ({ ...row, text: cutText(row.text) });
  return {
    ...data,
    clusters: data.clusters.map((cluster) => ({ ...cluster, examples: cluster.examples.map(cutText) })),
    duplicates: data.duplicates && {
      ...data.duplicates,
      groups: data.duplicates.groups.map(({ survivor, others, otherCount }) => ({
        survivor: cut(survivor),
        others: others.map(cut),
        otherCount,
      })),
      held: data.duplicates.held.map((pair) => ({ ...pair, rows: [cut(pair.rows[0]), cut(pair.rows[1])] as const })),
    },
    questions: data.questions && {
      ...data.questions,
      groups: data.questions.groups.map(({ questions, ...group }) => ({
        ...group,
        questions: questions.map((each) => ({
          ...each,
          question: cutText(each.question),
          nearest: each.nearest === null ? null : cutText(each.nearest),
        })),
      })),
    },
    texts: points.map(({ text }) => cutText(text)),
    keys: points.map(({ key }) => key),
    positions: base64(positionsOf(points)),
    clusterOf: base64(
      Uint16Array.from(points, ({ cluster }) =>
        cluster === null ? data.clusters.length : (position.get(cluster) ?? data.clusters.length),
      ),
    ),
  };
}

/** Whole characters: an emoji is not cut into halves. */
function cutText(text: string): string {
  if (text.length <= LONGEST_TEXT) return text;
  const end = /[\ud800-\udbff]/.test(text[LONGEST_TEXT - 1]!) ? LONGEST_TEXT - 1 : LONGEST_TEXT;
  return `${text.slice(0, end)}…`;
}

/** Both axes on one scale, the shorter one in the middle. */
function positionsOf(points: readonly ReportPoint[]): Uint16Array {
  const [left, top] = [least(points, "x"), least(points, "y")];
  const [width, height] = [-least(points, "x", -1) - left, -least(points, "y", -1) - top];
  const side = Math.max(width, height, Number.MIN_VALUE);
  const positions = new Uint16Array(2 * points.length);
  points.forEach(({ x, y }, at) => {
    positions[2 * at] = Math.round((0.5 + (x - left - width / 2) / side) * FINEST);
    positions[2 * at + 1] = Math.round((0.5 + (y - top - height / 2) / side) * FINEST);
  });
  return positions;
}

function least(points: readonly ReportPoint[], axis: "x" | "y", sign = 1): number {
  return points.reduce((found, point) => Math.min(found, sign * point[axis]), Infinity);
}

function base64(numbers: Uint16Array): string {
  const bytes = Buffer.alloc(2 * numbers.length);
  numbers.forEach((number, at) => bytes.writeUInt16LE(number, 2 * at));
  return bytes.toString("base64");
}
