import { positions, rows } from "./document.js";

/**
 * Dots straight into the pixels of a picture: 50,000 of them in a few milliseconds, on any machine, where a path for each takes a frame's time
 * many times over.
 */

/** How far a place lies outside a mark of radius 1 around the middle, below 0 inside. @type {((x: number, y: number) => number)[]} */
const OUTSIDE = [
  (x, y) => Math.hypot(x, y) - 1, // a dot
  (x, y) => Math.abs(Math.hypot(x, y) - 0.85) - 0.32, // a ring
  (x, y) => Math.max(Math.abs(x), Math.abs(y)) - 0.88, // a square
  (x, y) =>
    Math.min(Math.max(Math.abs(x) - 0.36, Math.abs(y) - 1.15), Math.max(Math.abs(x) - 1.15, Math.abs(y) - 0.36)), // a cross
];

/** A mark with a soft edge: offsets of its pixels from the middle, and how much of each it covers (0 to 256). @param {number} radius @param {number} mark */
function makeMark(radius, mark) {
  const outside = OUTSIDE[mark % OUTSIDE.length];
  const reach = Math.ceil(1.2 * radius + 0.5);
  const [dx, dy, cover] = [0, 0, 0].map(() => /** @type {number[]} */ ([]));
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) {
      const part = Math.max(0, Math.min(1, 0.5 - radius * outside(x / radius, y / radius)));
      if (part > 0.02) {
        dx.push(x);
        dy.push(y);
        cover.push(Math.round(part * 235));
      }
    }
  }
  return { reach, dx, dy, cover };
}

/**
 * Draws the rows that `isDrawn` lets through.
 *
 * @param {ImageData} picture opaque
 * @param {{ x: number, y: number, scale: number }} view place of the picture's left upper corner, and pixels for the whole width of the map
 * @param {number} radius in pixels
 * @param {(row: number) => number} colourAt position in `colours`, -1: not drawn
 * @param {number[][]} colours red, green, blue
 * @param {number[]} [marks] of each colour: dot, ring, square, cross
 */
export function drawDots(picture, view, radius, colourAt, colours, marks = []) {
  const { width, height } = picture;
  const pixels = new Uint32Array(picture.data.buffer);
  const shapes = Array.from(OUTSIDE, (_, mark) => makeMark(radius, mark));
  for (let row = 0; row < rows; row++) {
    const x = Math.round((positions[2 * row] - view.x) * view.scale);
    const y = Math.round((positions[2 * row + 1] - view.y) * view.scale);
    const colour = colourAt(row);
    if (colour < 0) continue;
    const { reach, dx, dy, cover } = shapes[marks[colour] ?? 0];
    if (x < reach || y < reach || x >= width - reach || y >= height - reach) continue;
    const ink = colours[colour];
    const red = ink[0];
    const green = ink[1];
    const blue = ink[2];
    const from = y * width + x;
    for (let part = 0; part < cover.length; part++) {
      const at = from + dy[part] * width + dx[part];
      const share = cover[part];
      const below = pixels[at];
      const r = below & 255;
      const g = (below >> 8) & 255;
      const b = (below >> 16) & 255;
      pixels[at] =
        0xff000000 |
        ((b + (((blue - b) * share) >> 8)) << 16) |
        ((g + (((green - g) * share) >> 8)) << 8) |
        (r + (((red - r) * share) >> 8));
    }
  }
}
