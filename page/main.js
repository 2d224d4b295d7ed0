import { showThresholds } from "./curve.js";
import { data, rows } from "./document.js";
import { byId, element } from "./element.js";
import { canvas, draw, listenToKeys, listenToPointers, redraw } from "./map.js";
import { notices, showClusters, showDuplicates, showQuestions, showSummary, showSync } from "./sections.js";
import { search, showChosen, showList, showRow, showSearch } from "./side.js";
import { count, percent, say, settings } from "./words.js";

/** @typedef {import("./words.js").Word} Word */

/** Puts everything together, and again when language or theme change. */

const languageSwitch = /** @type {HTMLSelectElement} */ (byId("language"));
const themeSwitch = /** @type {HTMLSelectElement} */ (byId("theme"));
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

function showAll() {
  const { index, table, model, version, createdAt, quality } = data;
  document.documentElement.lang = settings.language === "zh" ? "zh-CN" : "en";
  document.title = `${index} · ltd-index`;
  for (const each of document.querySelectorAll("[data-say], [data-label], [data-placeholder]")) {
    const { say: text, label, placeholder } = /** @type {HTMLElement} */ (each).dataset;
    if (text) each.textContent = say(/** @type {Word} */ (text));
    if (label) each.setAttribute("aria-label", say(/** @type {Word} */ (label)));
    if (placeholder) each.setAttribute("placeholder", say(/** @type {Word} */ (placeholder)));
  }
  const date = new Intl.DateTimeFormat(settings.language, { dateStyle: "long", timeStyle: "short" }).format(
    new Date(createdAt),
  );
  byId("name").textContent = index;
  byId("about").textContent = say("about", { table, model, date });
  byId("made").textContent = say("made", { version });
  byId("notices").replaceChildren(...notices().map((text) => element("div", "notice", text)));
  const clusters = count(data.clusters.length);
  canvas.setAttribute("aria-label", say("mapLabel", { count: count(rows), clusters }));
  const sampled = rows < data.rows ? ` ${say("mapSampled", { drawn: count(rows), rows: count(data.rows) })}` : "";
  byId("map-help").textContent = rows === 0 ? say("mapEmpty") : say("mapHelp") + sampled;
  byId("map-quality").textContent =
    quality.neighbours === 0
      ? ""
      : say("mapQuality", {
          k: count(quality.neighbours),
          preserved: percent(quality.preserved),
          chance: percent(quality.neighbours / Math.max(1, rows - 1), 2),
          trust: quality.trustworthiness.toFixed(2),
        });
  for (const show of [
    showSummary,
    showList,
    showChosen,
    showClusters,
    showDuplicates,
    showThresholds,
    showQuestions,
    showSync,
  ])
    show();
  redraw();
}

function applyTheme() {
  const wanted = themeSwitch.value;
  if (wanted === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = wanted;
  settings.theme = wanted === "dark" || (wanted === "auto" && systemIsDark.matches) ? "dark" : "light";
}

languageSwitch.value = settings.language;
languageSwitch.addEventListener("change", () => {
  settings.language = languageSwitch.value === "zh" ? "zh" : "en";
  showAll();
});
const changeTheme = () => {
  applyTheme();
  showAll();
};
themeSwitch.addEventListener("change", changeTheme);
systemIsDark.addEventListener("change", changeTheme);
addEventListener("beforeprint", () => {
  settings.theme = "light";
  showAll();
  draw();
});
addEventListener("afterprint", changeTheme);
search.addEventListener("input", showSearch);
listenToPointers(showRow);
listenToKeys();
new ResizeObserver(redraw).observe(canvas);
applyTheme();
showAll();
