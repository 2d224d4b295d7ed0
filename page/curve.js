import { data } from "./document.js";
import { byId, element } from "./element.js";
import { percent, say } from "./words.js";

/** @typedef {import("../src/report/page-data.ts").PageData} PageData */
/** @typedef {import("./words.js").Word} Word */

/** The thresholds, and precision and coverage at each, as a drawing and as a table. */

const CURVE = { width: 760, height: 300, left: 44, right: 80, top: 16, bottom: 36 };

/** @param {string} tag @param {Record<string, string | number>} attributes @param {string} [text] */
function shape(tag, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}

export function showThresholds() {
  const { thresholds, index } = data;
  const values = { answer: thresholds.answer.toFixed(3), suggest: thresholds.suggest.toFixed(3) };
  const margin = thresholds.margin > 0 ? ` ${say("thresholdsMargin", { margin: thresholds.margin.toFixed(3) })}` : "";
  const source = { calibrated: "fromCalibrated", set: "fromSet", model: "fromModel" }[thresholds.source];
  const into = byId("thresholds");
  into.replaceChildren(
    element("p", "", say("thresholdsAre", values) + margin),
    element("p", "quiet", say(/** @type {Word} */ (source), { index })),
  );
  const { curve } = thresholds;
  if (curve && curve.points.length > 1) into.append(drawCurve(curve, thresholds), curveTable(curve));
}

/** @typedef {NonNullable<PageData["thresholds"]["curve"]>} Curve */

/** @param {Curve} curve @param {PageData["thresholds"]} thresholds */
function drawCurve({ measure, points }, thresholds) {
  const { width, height, left, right, top, bottom } = CURVE;
  const first = Math.min(thresholds.suggest, ...points.map(({ threshold }) => threshold));
  const last = Math.max(thresholds.answer, ...points.map(({ threshold }) => threshold));
  /** @param {number} threshold */
  const x = (threshold) => left + ((threshold - first) / (last - first || 1)) * (width - left - right);
  /** @param {number} share */
  const y = (share) => top + (1 - share) * (height - top - bottom);
  /** @param {(point: Curve["points"][number]) => number} value */
  const line = (value) => points.map((point) => `${x(point.threshold).toFixed(1)},${y(value(point)).toFixed(1)}`);
  const drawing = shape("svg", {
    class: "curve",
    viewBox: `0 0 ${width} ${height}`,
    role: "img",
    "aria-label": say("curveLabel"),
  });
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    drawing.append(
      shape("line", { class: "axis", x1: left, x2: width - right, y1: y(share), y2: y(share) }),
      shape("text", { x: left - 8, y: y(share) + 4, "text-anchor": "end" }, percent(share)),
    );
  }
  for (let at = 0; at <= 4; at++) {
    const threshold = first + (at / 4) * (last - first);
    drawing.append(
      shape("text", { x: x(threshold), y: height - bottom + 18, "text-anchor": "middle" }, threshold.toFixed(2)),
    );
  }
  drawing.append(
    shape("text", { x: (left + width - right) / 2, y: height - 2, "text-anchor": "middle" }, say("similarity")),
    shape("polygon", {
      class: "band",
      points: [...line(({ high }) => high), ...line(({ low }) => low).toReversed()].join(" "),
    }),
    shape("polyline", { class: "precision", points: line(({ value }) => value).join(" ") }),
  );
  const end = points.reduce((a, b) => (b.threshold > a.threshold ? b : a));
  // a name beside the end of its line, and not on the numbers below
  const beside = (/** @type {number} */ share) => Math.min(y(share), height - bottom - 12) + 4;
  drawing.append(shape("text", { class: "mark-text", x: width - right + 8, y: beside(end.value) }, say(measure)));
  // where no question has an answer, all that are answered are false answers
  if (measure === "precision") {
    const room = Math.abs(beside(end.value) - beside(end.coverage)) < 16 ? 16 : 0;
    drawing.append(
      shape("polyline", { class: "coverage", points: line(({ coverage }) => coverage).join(" ") }),
      shape("text", { x: width - right + 8, y: beside(end.coverage) - room }, say("coverage")),
    );
  }
  for (const name of /** @type {const} */ (["suggest", "answer"])) {
    const at = x(thresholds[name]);
    drawing.append(
      shape("line", { class: "mark", x1: at, x2: at, y1: top, y2: height - bottom }),
      shape(
        "text",
        {
          class: "mark-text",
          x: at - 4,
          y: top + 12 + (name === "suggest" ? 14 : 0),
          "text-anchor": at < 100 ? "start" : "end",
        },
        say(name),
      ),
    );
  }
  return drawing;
}

/** @param {Curve} curve */
function curveTable({ measure, points }) {
  const step = Math.max(1, Math.floor(points.length / 20));
  const names = /** @type {const} */ (["similarity", measure, "coverage"]);
  const head = element("tr", "", ...names.map((name) => element("th", "number", say(name))));
  const lines = points
    .filter((_, at) => at % step === 0)
    .map(({ threshold, value, low, high, coverage }) =>
      element(
        "tr",
        "",
        element("td", "number", threshold.toFixed(3)),
        element("td", "number", `${percent(value, 1)} (${percent(low, 1)} – ${percent(high, 1)})`),
        element("td", "number", percent(coverage, 1)),
      ),
    );
  const table = element(
    "div",
    "table",
    element("table", "", element("thead", "", head), element("tbody", "", ...lines)),
  );
  return element("details", "", element("summary", "quiet", say("curveTable")), table);
}
