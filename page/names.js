import { GROUND } from "./colours.js";
import { data } from "./document.js";
import { middles } from "./grid.js";
import { settings } from "./words.js";

/** The names of the clusters on the map: whole, in lines, inside the map, beside each other and not under the buttons. */

const LINE_HEIGHT = 17;
const MOST_LINES = 4;
/** A name that cannot stand at the middle of its rows stands this many halves of its height below or above. */
const SHIFTS = [0, 1, -1, 2, -2];

/** @typedef {[left: number, top: number, right: number, bottom: number]} Box */

/** @param {string} text @param {"grapheme" | "word"} granularity */
function segments(text, granularity) {
  return Array.from(
    new Intl.Segmenter(undefined, { granularity }).segment(text.slice(0, 400)),
    ({ segment }) => segment,
  );
}

/** The first characters, as readers count them. @param {string} text @param {number} length */
export function shorten(text, length) {
  if (text.length <= length) return text;
  const characters = segments(text.slice(0, 4 * length), "grapheme");
  return characters.length > length ? `${characters.slice(0, length - 1).join("")}…` : text;
}

/** A name in lines that are no wider than `widest`, broken between words where that can be. @param {string} name @param {number} widest @param {(line: string) => number} widthOf */
function inLines(name, widest, widthOf) {
  const parts = segments(name, "word").flatMap((word) =>
    widthOf(word) > widest ? segments(word, "grapheme") : [word],
  );
  const lines = [""];
  for (const part of parts) {
    const last = lines.length - 1;
    // a comma stays on its line: it may stand out by its own width
    const fits = widthOf(lines[last] + part) <= widest || /^[\p{P}\s]+$/u.test(part);
    if (fits) lines[last] += part;
    else lines.push(part);
  }
  const kept = lines.slice(0, MOST_LINES).map((line) => line.trim());
  if (lines.length > MOST_LINES) kept[MOST_LINES - 1] += "…";
  return kept;
}

/**
 * Draws the names of the lit clusters, the larger clusters' first: a name that finds no room is left out.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {{ width: number, height: number }} size of the map in CSS pixels
 * @param {(position: { x: number, y: number }) => [x: number, y: number]} place position to CSS pixels
 * @param {Set<number>} lit clusters that have a row to see
 * @param {Box} buttons where no name can stand
 */
export function drawNames(pen, size, place, lit, buttons) {
  pen.font = `600 13px ${getComputedStyle(document.body).fontFamily}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  const widest = Math.max(84, Math.min(168, size.width / 3));
  const taken = [buttons];
  data.clusters.forEach((cluster, at) => {
    const [x, y] = place(middles[at]);
    if (!lit.has(at) || x < 0 || y < 0 || x > size.width || y > size.height) return;
    const lines = inLines(cluster.label, widest, (line) => pen.measureText(line).width);
    const half = Math.max(...lines.map((line) => pen.measureText(line).width)) / 2 + 4;
    const tall = (lines.length * LINE_HEIGHT) / 2 + 2;
    const middle = Math.max(half, Math.min(size.width - half, x));
    const box = SHIFTS.map((shift) => {
      const down = Math.max(tall, Math.min(size.height - tall, y + shift * tall));
      return /** @type {Box} */ ([middle - half, down - tall, middle + half, down + tall]);
    }).find(([l, t, r, b]) => !taken.some((other) => l < other[2] && r > other[0] && t < other[3] && b > other[1]));
    if (!box) return;
    taken.push(box);
    pen.strokeStyle = GROUND[settings.theme];
    pen.lineWidth = 4;
    pen.fillStyle = settings.theme === "light" ? "#1d2129" : "#f0f1f3";
    const first = (box[1] + box[3] - (lines.length - 1) * LINE_HEIGHT) / 2;
    lines.forEach((line, below) => pen.strokeText(line, middle, first + below * LINE_HEIGHT));
    lines.forEach((line, below) => pen.fillText(line, middle, first + below * LINE_HEIGHT));
  });
}
