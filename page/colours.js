import { clusterName, clusterOf, data, element } from "./document.js";
import { middles } from "./grid.js";
import { settings } from "./words.js";

/**
 * Seven colours a theme that stay apart with each kind of colour blindness, and against the background (test/report/colours.test.ts measures
 * both). There are more clusters than colours: names on the map, the list and choosing one tell them apart.
 */
const PALETTE = {
  light: ["#70619a", "#da7e1e", "#47a191", "#800902", "#a780e6", "#9a5a00", "#43337c"],
  dark: ["#50aff9", "#edd963", "#df9da1", "#939f24", "#3bf4f4", "#8a6c37", "#42789c"],
};
export const GROUND = { light: "#ffffff", dark: "#16181d" };
const UNASSIGNED = { light: "#9aa0aa", dark: "#6d737d" };

/** Clusters of one colour lie as far apart as can be: each, from the largest on, takes the colour whose clusters are the farthest. */
const colourOf = (() => {
  /** @type {{ x: number, y: number }[][]} */
  const taken = PALETTE.light.map(() => []);
  return data.clusters.map((_, cluster) => {
    const middle = middles[cluster];
    const room = taken.map((others) => Math.min(...others.map(({ x, y }) => Math.hypot(x - middle.x, y - middle.y))));
    const colour = room.indexOf(Math.max(...room));
    taken[colour]?.push(middle);
    return colour;
  });
})();

/** @param {number} cluster position, or data.clusters.length for none */
export function colour(cluster) {
  if (data.clusters.length === 0) return PALETTE[settings.theme][0];
  return PALETTE[settings.theme][colourOf[cluster] ?? -1] ?? UNASSIGNED[settings.theme];
}

/** @param {number} cluster */
export function dot(cluster) {
  const made = element("span", "dot");
  made.style.background = colour(cluster);
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
