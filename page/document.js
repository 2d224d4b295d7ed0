import { byId, element } from "./element.js";
import { count, say } from "./words.js";

/** The data of the page, and the lists that it is shown in. */

/** @typedef {import("../src/report/page-data.ts").PageData} PageData */

/** @param {string} title @param {() => void} onClick @param {string} [className] */
export function button(title, onClick, className) {
  const made = element("button", className, title);
  made.type = "button";
  made.addEventListener("click", onClick);
  return made;
}

/** @param {Iterable<readonly [string, string]>} pairs */
export function pairList(pairs) {
  const list = element("dl", "pairs");
  for (const [name, value] of pairs) list.append(element("dt", "", name), element("dd", "", value));
  return list;
}

/** The first rows of a long list, and a button for the others. @param {HTMLElement} into @param {Node[]} items @param {number} first @param {HTMLElement} [after] */
export function showFirst(into, items, first, after = into) {
  into.append(...items.slice(0, first));
  if (items.length <= first) return;
  const more = button(
    say("showAll", { count: count(items.length) }),
    () => {
      into.append(...items.slice(first));
      more.remove();
    },
    "more",
  );
  after.after(more);
}

/** Numbers of `base64`, little-endian, 16 bits each. @param {string} base64 */
function unpack(base64) {
  const bytes = Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
  return new Uint16Array(bytes.buffer);
}

/** @type {PageData} */
export const data = JSON.parse(byId("data").textContent ?? "");
export const positions = Float32Array.from(unpack(data.positions), (each) => each / 65535);
/** Position in `data.clusters` of every row; data.clusters.length: in none. */
export const clusterOf = unpack(data.clusterOf);
export const rows = data.texts.length;
/** How much of the unit square the rows take, in each direction. */
export const spans = [0, 1].map((axis) => {
  let farthest = 0.05;
  for (let row = 0; row < rows; row++) farthest = Math.max(farthest, 2 * Math.abs(positions[2 * row + axis] - 0.5));
  return farthest;
});

/** @param {number} at position in `data.clusters` */
export function clusterName(at) {
  return data.clusters[at]?.label ?? say("unassignedName");
}
