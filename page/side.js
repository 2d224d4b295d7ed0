import { clusterLine, dot } from "./colours.js";
import { button, clusterName, clusterOf, data, positions, rows } from "./document.js";
import { byId, element } from "./element.js";
import { bringIntoView, isLit, redraw, shown } from "./map.js";
import { count, say } from "./words.js";

/** Beside the map: the search, the list of clusters or of the rows found, and the row that was chosen. */

const LISTED = 200;
export const search = /** @type {HTMLInputElement} */ (byId("search"));
/** Texts and keys as the search compares them. */
const haystacks = data.texts.map((text, row) => `${text}\n${data.keys[row].join(" ")}`.normalize("NFKC").toLowerCase());

/** Rows that have every word of the search box; null for an empty box. @returns {number[] | null} */
function searchRows() {
  const words = search.value.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return null;
  /** @type {number[]} */
  const found = [];
  haystacks.forEach((haystack, row) => {
    if (words.every((word) => haystack.includes(word))) found.push(row);
  });
  return found;
}

export function showSearch() {
  const found = searchRows();
  shown.found = null;
  if (found !== null) {
    shown.found = new Uint8Array(rows);
    for (const row of found) shown.found[row] = 1;
  }
  showList();
  redraw();
}

export function showList() {
  const list = byId("list");
  const lit =
    shown.found === null && shown.cluster === null ? null : [...positions.keys()].slice(0, rows).filter(isLit);
  if (lit === null) {
    byId("found").textContent = data.clusters.length > 0 ? say("choose") : "";
    list.replaceChildren(...clusterItems());
    return;
  }
  const values = { count: count(lit.length), shown: count(LISTED) };
  byId("found").textContent =
    lit.length === 0 ? say("foundNone") : lit.length > LISTED ? say("foundFirst", values) : say("found", values);
  const back = shown.cluster === null ? [] : [clusterItem(shown.cluster)];
  list.replaceChildren(...back, ...lit.slice(0, LISTED).map(rowItem));
}

function clusterItems() {
  const items = data.clusters.map((_, cluster) => clusterItem(cluster));
  if (data.unassigned > 0) items.push(clusterItem(data.clusters.length));
  return items;
}

/** @param {number} cluster */
function clusterItem(cluster) {
  const size = data.clusters[cluster]?.size ?? data.unassigned;
  const item = button("", () => showCluster(shown.cluster === cluster ? null : cluster));
  item.setAttribute("aria-pressed", String(shown.cluster === cluster));
  item.append(
    dot(cluster),
    element("span", "text", clusterName(cluster)),
    element("span", "number quiet", count(size)),
  );
  return element("li", "", item);
}

/** @param {number} row */
function rowItem(row) {
  const item = button("", () => showRow(row));
  item.setAttribute("aria-current", String(shown.row === row));
  item.append(dot(clusterOf[row]), element("span", "text", data.texts[row]), "");
  return element("li", "", item);
}

/** One cluster alone, or all. @param {number | null} cluster */
export function showCluster(cluster) {
  shown.cluster = cluster;
  byId("list").scrollTop = 0;
  showList();
  redraw();
}

/** @param {number} row */
export function showRow(row) {
  shown.row = row;
  bringIntoView(row);
  showChosen();
  byId("chosen").scrollIntoView({ block: "nearest" });
  for (const item of byId("list").querySelectorAll("[aria-current]")) item.setAttribute("aria-current", "false");
}

export function showChosen() {
  if (shown.row === null) return;
  byId("chosen").replaceChildren(
    element("p", "", data.texts[shown.row]),
    element("p", "quiet", `${say("key")} `, element("code", "", data.keys[shown.row].join(", "))),
    ...clusterLine(shown.row, "p"),
  );
}
