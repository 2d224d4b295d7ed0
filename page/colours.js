import { clusterName, clusterOf, data } from "./document.js";
import { element } from "./element.js";
import { middles } from "./grid.js";
import { settings } from "./words.js";

/**
 * Twelve colours a theme that stay apart with each kind of colour blindness, and against the background (test/report/colours.test.ts measures
 * both). From the thirteenth cluster on they come again with another mark.
 */
const PALETTE = {
  light: [
    "#0595ff",
    "#eb7132",
    "#158c7f",
    "#9f0006",
    "#b568c6",
    "#284fca",
    "#a15f00",
    "#055547",
    "#7b3e8a",
    "#0f028f",
    "#5e0000",
    "#441156",
  ],
  dark: [
    "#02afff",
    "#ffbc00",
    "#24ef98",
    "#ff740e",
    "#7874fe",
    "#d5c7ff",
    "#1a7428",
    "#c37cba",
    "#fcff36",
    "#9939b4",
    "#b5ffeb",
    "#a3ae89",
  ],
};
export const GROUND = { light: "#ffffff", dark: "#16181d" };
const UNASSIGNED = { light: "#9aa0aa", dark: "#6d737d" };

/** Marks that a cluster's rows are drawn with: the names are classes in style.css, the shapes are in dots.js. */
const MARKS = ["disc", "ring", "square", "cross"];

/**
 * Each dozen of clusters, from the largest on, has all colours once. From the second dozen on a cluster takes the colour whose other clusters
 * are the farthest, and each dozen has another mark.
 */
const colourOf = (() => {
  /** @type {{ x: number, y: number }[][]} */
  const taken = PALETTE.light.map(() => []);
  /** @type {Set<number>} */
  const used = new Set();
  return data.clusters.map((_, cluster) => {
    if (cluster % taken.length === 0) used.clear();
    const middle = middles[cluster];
    const room = taken.map((others, at) =>
      used.has(at) ? -1 : Math.min(...others.map(({ x, y }) => Math.hypot(x - middle.x, y - middle.y))),
    );
    const colour = room.indexOf(Math.max(...room));
    used.add(colour);
    taken[colour]?.push(middle);
    return colour;
  });
})();

/** @param {number} cluster position, or data.clusters.length for none */
export function colour(cluster) {
  if (data.clusters.length === 0) return PALETTE[settings.theme][0];
  return PALETTE[settings.theme][colourOf[cluster] ?? -1] ?? UNASSIGNED[settings.theme];
}

/** Position in {@link MARKS}; rows in no cluster are dots. @param {number} cluster position, or data.clusters.length for none */
export function markOf(cluster) {
  return cluster >= data.clusters.length ? 0 : Math.floor(cluster / PALETTE.light.length) % MARKS.length;
}

/** @param {number} cluster */
export function dot(cluster) {
  const made = element("span", `dot ${MARKS[markOf(cluster)]}`);
  made.style.color = colour(cluster);
  return made;
}

/** The cluster of a row, in a line; nothing where there are no clusters. @param {number} row @param {"p" | "div"} tag */
export function clusterLine(row, tag) {
  if (data.clusters.length === 0) return [];
  return [element(tag, "quiet", dot(clusterOf[row]), ` ${clusterName(clusterOf[row])}`)];
}

/** Red, green, blue of #rrggbb. @param {string} hex */
export function channels(hex) {
  const number = Number.parseInt(hex.slice(1), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}
