import { GROUND, channels, clusterLine, colour, markOf } from "./colours.js";
import { clusterOf, data, positions, rows, spans } from "./document.js";
import { byId, element } from "./element.js";
import { drawDots } from "./dots.js";
import { around } from "./grid.js";
import { drawNames, shorten } from "./names.js";
import { count, say, settings } from "./words.js";

/** The map: view, drawing, pointer and keys. */

export const canvas = /** @type {HTMLCanvasElement} */ (byId("map"));
const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
const tip = byId("tip");
const MOST_ZOOM = 200;
/** Pixels from the pointer within which a row is under it. */
const REACH = 12;

/** Middle of the view in positions, and zoom: 1 shows everything. */
export const view = { x: 0.5, y: 0.5, zoom: 1 };
/** What is shown: rows found by the search, or one cluster, or everything; and one row. */
export const shown = {
  /** @type {Uint8Array | null} 1 for rows that the search found */ found: null,
  /** @type {number | null} */ cluster: null,
  /** @type {number | null} */ row: null,
};
let isDue = false;

/** The map is drawn before the browser shows the next picture. */
export function redraw() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(draw);
}

/** CSS pixels for the whole width of the map. */
function pixelsAcross() {
  return view.zoom * Math.min(canvas.clientWidth / spans[0], canvas.clientHeight / spans[1]) * 0.94;
}

/** @param {number} row @returns {[x: number, y: number]} CSS pixels */
function onCanvas(row) {
  const scale = pixelsAcross();
  return [
    (positions[2 * row] - view.x) * scale + canvas.clientWidth / 2,
    (positions[2 * row + 1] - view.y) * scale + canvas.clientHeight / 2,
  ];
}

/** @param {number} x @param {number} y CSS pixels @returns {[x: number, y: number]} */
function positionAt(x, y) {
  const scale = pixelsAcross();
  return [(x - canvas.clientWidth / 2) / scale + view.x, (y - canvas.clientHeight / 2) / scale + view.y];
}

/** @param {number} row */
export function isLit(row) {
  return (
    (shown.found === null || shown.found[row] === 1) && (shown.cluster === null || clusterOf[row] === shown.cluster)
  );
}

/** Dots grow as fewer of them share the room. */
function dotRadius() {
  const room = Math.sqrt((canvas.clientWidth * canvas.clientHeight) / Math.max(1, rows));
  return Math.min(7, Math.max(1.1, Math.min(4, room * 0.2)) * view.zoom ** 0.3);
}

export function draw() {
  isDue = false;
  const ratio = Math.min(2, window.devicePixelRatio || 1);
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (width === 0 || height === 0) return;
  const [pixelWidth, pixelHeight] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== pixelWidth || canvas.height !== pixelHeight) {
    canvas.width = pixelWidth;
    canvas.height = pixelHeight;
  }
  const ground = channels(GROUND[settings.theme]);
  const picture = new ImageData(pixelWidth, pixelHeight);
  new Uint32Array(picture.data.buffer).fill(0xff000000 | (ground[2] << 16) | (ground[1] << 8) | ground[0]);
  const colours = Array.from({ length: data.clusters.length + 1 }, (_, cluster) => channels(colour(cluster)));
  const faint = channels(settings.theme === "light" ? "#dcdfe4" : "#30343c");
  const [left, top] = positionAt(0, 0);
  const corner = { x: left, y: top, scale: pixelsAcross() * ratio };
  const radius = dotRadius() * ratio;
  if (shown.found !== null || shown.cluster !== null) {
    drawDots(picture, corner, radius, (row) => (isLit(row) ? -1 : 0), [faint]);
  }
  drawDots(
    picture,
    corner,
    radius,
    (row) => (isLit(row) ? clusterOf[row] : -1),
    colours,
    colours.map((_, at) => markOf(at)),
  );
  pen.putImageData(picture, 0, 0);
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  nameClusters(width, height);
  if (shown.row !== null) drawRing(shown.row);
}

/** The names of the clusters that have a row to see, and not below the buttons. @param {number} width @param {number} height */
function nameClusters(width, height) {
  const scale = pixelsAcross();
  const lit = new Set();
  for (let row = 0; row < rows; row++) if (isLit(row)) lit.add(clusterOf[row]);
  const { offsetLeft, offsetTop, offsetWidth, offsetHeight } = byId("zoom");
  drawNames(
    pen,
    { width, height },
    ({ x, y }) => [(x - view.x) * scale + width / 2, (y - view.y) * scale + height / 2],
    lit,
    [offsetLeft, offsetTop, offsetLeft + offsetWidth, offsetTop + offsetHeight],
  );
}

/** @param {number} row */
function drawRing(row) {
  const [x, y] = onCanvas(row);
  const ink = settings.theme === "light" ? "#1d2129" : "#ffffff";
  for (const [width, colour] of /** @type {const} */ ([
    [5, GROUND[settings.theme]],
    [2, ink],
  ])) {
    pen.beginPath();
    pen.arc(x, y, dotRadius() + 5, 0, 2 * Math.PI);
    pen.lineWidth = width;
    pen.strokeStyle = colour;
    pen.stroke();
  }
}

/** Zooms by a factor; the position under (x, y) stays there. @param {number} factor @param {number} [x] @param {number} [y] */
function zoomBy(factor, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) {
  const before = positionAt(x, y);
  view.zoom = Math.max(0.5, Math.min(MOST_ZOOM, view.zoom * factor));
  const after = positionAt(x, y);
  view.x += before[0] - after[0];
  view.y += before[1] - after[1];
  keepInside();
}

/** @param {number} dx @param {number} dy CSS pixels */
function moveBy(dx, dy) {
  view.x -= dx / pixelsAcross();
  view.y -= dy / pixelsAcross();
  keepInside();
}

function keepInside() {
  view.x = Math.max(0, Math.min(1, view.x));
  view.y = Math.max(0, Math.min(1, view.y));
  hideTip();
  redraw();
}

function showEverything() {
  Object.assign(view, { x: 0.5, y: 0.5, zoom: 1 });
  keepInside();
}

/** Moves a row into the view that lies outside it. @param {number} row */
export function bringIntoView(row) {
  const [x, y] = onCanvas(row);
  const isInside = x > 20 && y > 20 && x < canvas.clientWidth - 20 && y < canvas.clientHeight - 20;
  if (!isInside) [view.x, view.y] = [positions[2 * row], positions[2 * row + 1]];
  keepInside();
}

/** The lit row nearest to the pointer, and how many others lie under its dot. @param {number} x @param {number} y CSS pixels */
function rowAt(x, y) {
  const [mapX, mapY] = positionAt(x, y);
  const nearest = { row: -1, square: Infinity };
  around(mapX, mapY, REACH / pixelsAcross(), (row, square) => {
    if (square < nearest.square && isLit(row)) Object.assign(nearest, { row, square });
  });
  if (nearest.row === -1) return null;
  let others = -1;
  around(positions[2 * nearest.row], positions[2 * nearest.row + 1], 1 / pixelsAcross(), (row) => {
    if (isLit(row)) others++;
  });
  return { row: nearest.row, others };
}

/** @param {number} x @param {number} y CSS pixels */
function showTip(x, y) {
  const under = rowAt(x, y);
  if (!under) return hideTip();
  tip.replaceChildren(shorten(data.texts[under.row], 160), ...clusterLine(under.row, "div"));
  if (under.others > 0) tip.append(element("div", "quiet", say("moreHere", { count: count(under.others) })));
  tip.hidden = false;
  const left = x + 14 + tip.offsetWidth > canvas.clientWidth ? Math.max(4, x - 14 - tip.offsetWidth) : x + 14;
  const top = y + 14 + tip.offsetHeight > canvas.clientHeight ? Math.max(4, y - 14 - tip.offsetHeight) : y + 14;
  tip.style.transform = `translate(${left}px, ${top}px)`;
}

function hideTip() {
  tip.hidden = true;
}

/** Mouse, pen and fingers: one drags, two zoom. @param {(row: number) => void} choose */
export function listenToPointers(choose) {
  /** @type {Map<number, { x: number, y: number }>} */
  const down = new Map();
  let travelled = 0;
  const spread = () => {
    const [a, b] = [...down.values()];
    return Math.hypot(a.x - b.x, a.y - b.y);
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    down.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    travelled = 0;
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = down.get(event.pointerId);
    if (!before) return showTip(event.offsetX, event.offsetY);
    const now = { x: event.offsetX, y: event.offsetY };
    const [dx, dy] = [now.x - before.x, now.y - before.y];
    travelled += Math.hypot(dx, dy);
    const apart = down.size === 2 ? spread() : 0;
    down.set(event.pointerId, now);
    if (down.size === 1) moveBy(dx, dy);
    else if (down.size === 2 && apart > 0) {
      const [a, b] = [...down.values()];
      zoomBy(spread() / apart, (a.x + b.x) / 2, (a.y + b.y) / 2);
    }
  });
  /** @param {PointerEvent} event */
  const up = (event) => {
    const wasClick = down.size === 1 && travelled < 5 && event.type === "pointerup";
    down.delete(event.pointerId);
    if (!wasClick) return;
    const under = rowAt(event.offsetX, event.offsetY);
    if (under) choose(under.row);
  };
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);
  canvas.addEventListener("pointerleave", hideTip);
  canvas.addEventListener("dblclick", (event) => zoomBy(2, event.offsetX, event.offsetY));
  canvas.addEventListener(
    "wheel",
    (event) => {
      // the page scrolls over a map without focus
      if (!event.ctrlKey && !event.metaKey && document.activeElement !== canvas) return;
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      zoomBy(Math.exp((-event.deltaY * lines) / 300), event.offsetX, event.offsetY);
    },
    { passive: false },
  );
}

export function listenToKeys() {
  const step = 60;
  /** @type {Record<string, () => void>} */
  const actions = {
    ArrowLeft: () => moveBy(step, 0),
    ArrowRight: () => moveBy(-step, 0),
    ArrowUp: () => moveBy(0, step),
    ArrowDown: () => moveBy(0, -step),
    "+": () => zoomBy(1.5),
    "=": () => zoomBy(1.5),
    "-": () => zoomBy(1 / 1.5),
    0: showEverything,
  };
  canvas.addEventListener("keydown", (event) => {
    const action = event.ctrlKey || event.metaKey || event.altKey ? undefined : actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  byId("zoom-in").addEventListener("click", () => zoomBy(1.5));
  byId("zoom-out").addEventListener("click", () => zoomBy(1 / 1.5));
  byId("zoom-all").addEventListener("click", showEverything);
}
