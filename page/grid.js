import { clusterOf, data, positions, rows } from "./document.js";

/** Rows by position: a grid of cells, so that what lies under the pointer is found without looking at every row. */
const CELLS = Math.max(1, Math.min(256, Math.floor(Math.sqrt(rows / 2))));

/** @param {number} position in [0, 1] */
function cellAt(position) {
  return Math.max(0, Math.min(CELLS - 1, Math.floor(position * CELLS)));
}

const grid = (() => {
  const starts = new Uint32Array(CELLS * CELLS + 1);
  const cells = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) {
    cells[row] = cellAt(positions[2 * row + 1]) * CELLS + cellAt(positions[2 * row]);
    starts[cells[row] + 1]++;
  }
  for (let cell = 0; cell < CELLS * CELLS; cell++) starts[cell + 1] += starts[cell];
  const next = starts.slice();
  const sorted = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) sorted[next[cells[row]]++] = row;
  return { starts, sorted };
})();

/**
 * Calls `visit` with every row that can lie within `radius` of a position.
 *
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 * @param {(row: number, squaredDistance: number) => void} visit
 */
export function around(x, y, radius, visit) {
  const [left, right] = [cellAt(x - radius), cellAt(x + radius)];
  for (let line = cellAt(y - radius); line <= cellAt(y + radius); line++) {
    for (let at = grid.starts[line * CELLS + left]; at < grid.starts[line * CELLS + right + 1]; at++) {
      const row = grid.sorted[at];
      const square = (positions[2 * row] - x) ** 2 + (positions[2 * row + 1] - y) ** 2;
      if (square <= radius * radius) visit(row, square);
    }
  }
}

/** Where the name of each cluster stands: the median of its rows. */
export const middles = data.clusters.map((_, cluster) => {
  /** @type {number[][]} */
  const axes = [[], []];
  for (let row = 0; row < rows; row++) {
    if (clusterOf[row] === cluster) axes.forEach((axis, at) => axis.push(positions[2 * row + at]));
  }
  const [x = 0.5, y = 0.5] = axes.map((axis) => axis.sort((a, b) => a - b)[axis.length >> 1]);
  return { x, y };
});
