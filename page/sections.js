import { colour, dot } from "./colours.js";
import { button, data, pairList, showFirst } from "./document.js";
import { byId, element } from "./element.js";
import { showCluster } from "./side.js";
import { age, count, say, settings } from "./words.js";

/** @typedef {import("./words.js").Word} Word */

/** What stands around the map: summary, clusters, duplicates, questions, sync. */

const GROUPS_FIRST = 10;

export function showSummary() {
  const { duplicates, questions, sync } = data;
  const waits = sync.pending + sync.leased;
  /** @type {[value: number, name: Word][]} */
  const figures = [[data.rows, "rows"]];
  if (data.clusters.length > 0) figures.push([data.clusters.length, "clustersCount"]);
  if (data.unassigned > 0) figures.push([data.unassigned, "unassigned"]);
  if (duplicates) figures.push([duplicates.rowCount, "duplicatesCount"]);
  if (questions) figures.push([questions.asked - questions.answered, "unanswered"]);
  figures.push([waits, "waiting"]);
  if (sync.failed > 0) figures.push([sync.failed, "failedCount"]);
  byId("summary").replaceChildren(
    ...figures.map(([value, name]) =>
      element("div", "", element("dt", "", say(name)), element("dd", "", count(value))),
    ),
  );
}

/** What the reader has to know before he believes the rest. */
export function notices() {
  const { sync, index, table } = data;
  const waits = sync.pending + sync.leased;
  const found = [];
  if (!sync.sourceExists) found.push(say("sourceGone", { table }));
  if (waits > 0) {
    const values = { count: count(waits), index, age: age(sync.oldestSeconds ?? 0) };
    found.push(say(sync.oldestSeconds === null ? "syncBehindNew" : "syncBehind", values));
  }
  if (sync.failed > 0) found.push(say("syncFailed", { count: count(sync.failed), index }));
  if (sync.vectorIndex === "invalid") found.push(say("vectorIndexBad", { state: say("invalid"), index }));
  if (data.thresholds.stale !== null) found.push(say("stale", { reason: data.thresholds.stale }));
  return found;
}

export function showClusters() {
  const into = byId("clusters");
  if (data.clusters.length === 0) return into.replaceChildren(element("p", "quiet", say("clustersNone")));
  const largest = Math.max(...data.clusters.map(({ size }) => size));
  const cohesion = element("th", "number", say("cohesion"));
  cohesion.title = say("cohesionTitle");
  const head = element(
    "tr",
    "",
    element("th", "", say("cluster")),
    element("th", "number", say("size")),
    cohesion,
    element("th", "", say("words")),
    element("th", "", say("examples")),
  );
  for (const cell of head.cells) cell.scope = "col";
  const titles = Array.from(head.cells, (cell) => cell.textContent ?? "");
  const body = element("tbody");
  const lines = data.clusters.map((cluster, at) => {
    const name = button("", () => {
      showCluster(at);
      byId("map-section").scrollIntoView();
    });
    name.append(dot(at), element("span", "", cluster.label));
    const bar = element("span", "bar");
    bar.style.width = `${Math.max(2, (100 * cluster.size) / largest)}%`;
    bar.style.background = colour(at);
    const examples = element("ul", "plain", ...cluster.examples.map((text) => element("li", "", text)));
    const line = element(
      "tr",
      "",
      element("td", "name", name),
      element("td", "number size", count(cluster.size), bar),
      element("td", "number", cluster.cohesion.toFixed(2)),
      element("td", "words", cluster.words.join(settings.language === "zh" ? "、" : ", ")),
      element("td", "examples", examples),
    );
    // a narrow window has no room for columns: each cell says its own title
    titles.forEach((title, column) => (line.cells[column].dataset.title = title));
    return line;
  });
  const table = element("div", "table", element("table", "stacks", element("thead", "", head), body));
  into.replaceChildren(table);
  showFirst(body, lines, 20, table);
}

/** A line of a group: a number and a text. @param {number | null} number @param {string} text */
function groupLine(number, text) {
  return element("li", "", element("span", "number quiet", number?.toFixed(3) ?? ""), element("span", "", text));
}

/** @param {string} text @param {string} tag */
function groupHead(text, tag) {
  return element("p", "", text, element("span", "tag", tag));
}

/**
 * The pairs that are no duplicates though they are as near, each with the reason.
 *
 * @param {NonNullable<typeof data.duplicates>} duplicates
 */
function heldBack({ held, heldCount }) {
  if (heldCount === 0) return [];
  const list = element("div");
  const pairs = held.map(({ rows: [one, other], similarity, reasons }) =>
    element(
      "div",
      "group",
      groupHead(one.text, `${say("key")} ${one.key.join(", ")}`),
      element("ul", "", groupLine(similarity, `${other.text} (${reasons.join("; ")})`)),
    ),
  );
  showFirst(list, pairs, GROUPS_FIRST);
  return [element("p", "held", say("duplicatesHeld", { count: count(heldCount) })), list];
}

export function showDuplicates() {
  const into = byId("duplicates");
  const { duplicates } = data;
  if (!duplicates) return into.replaceChildren(element("p", "quiet", say("duplicatesNotLooked")));
  const threshold = duplicates.threshold.toFixed(2);
  if (duplicates.groupCount === 0) {
    return into.replaceChildren(element("p", "quiet", say("duplicatesNone", { threshold })), ...heldBack(duplicates));
  }
  const values = { groups: count(duplicates.groupCount), rows: count(duplicates.rowCount), threshold };
  const isCut = duplicates.groups.length < duplicates.groupCount;
  const cut = isCut ? ` ${say("duplicatesFirst", { count: count(duplicates.groups.length) })}` : "";
  const list = element("div");
  into.replaceChildren(element("p", "", say("duplicatesSome", values) + cut), list, ...heldBack(duplicates));
  const groups = duplicates.groups.map(({ survivor, others, otherCount }) =>
    element(
      "div",
      "group",
      groupHead(survivor.text, `${say("key")} ${survivor.key.join(", ")}`),
      element(
        "ul",
        "",
        ...others.map(({ text, key, similarity }) => {
          const line = groupLine(similarity, text);
          line.lastElementChild?.append(element("span", "tag", `${say("key")} ${key.join(", ")}`));
          return line;
        }),
        ...(otherCount > others.length
          ? [groupLine(null, say("duplicatesMore", { count: count(otherCount - others.length) }))]
          : []),
      ),
    ),
  );
  showFirst(list, groups, GROUPS_FIRST);
}

export function showQuestions() {
  const into = byId("questions");
  const { questions, index } = data;
  if (!questions) return into.replaceChildren(element("p", "quiet", say("questionsNotGiven", { index })));
  const { asked, answered, suggested, groups } = questions;
  if (groups.length === 0) return into.replaceChildren(element("p", "", say("questionsAll", { asked: count(asked) })));
  const values = { asked, answered, suggested, none: asked - answered - suggested };
  const spoken = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, count(value)]));
  const list = element("div");
  into.replaceChildren(element("p", "", say("questionsSome", spoken)), list);
  const items = groups.map((group) => {
    const [first] = group.questions;
    const times = group.times ?? group.questions.length;
    const tag = times > 1 ? say("timesAsked", { count: count(times) }) : say(first.decision);
    const lines = group.questions.slice(1).map(({ question, similarity }) => groupLine(similarity, question));
    const nearest = groupLine(first.similarity, `${say("nearest")}: ${first.nearest ?? say("nearestNone")}`);
    nearest.className = "quiet";
    return element("div", "group", groupHead(first.question, tag), element("ul", "", ...lines, nearest));
  });
  showFirst(list, items, GROUPS_FIRST);
}

export function showSync() {
  const { sync } = data;
  const waits = sync.pending + sync.leased + sync.failed;
  const state = element("p", "state", element("span", "dot"), waits === 0 ? say("syncGood") : (notices()[0] ?? ""));
  const light = /** @type {HTMLElement} */ (state.firstElementChild);
  light.style.color = `var(${waits === 0 && sync.sourceExists ? "--good" : "--warn-line"})`;
  /** @type {Word[]} */
  const names = ["entries", "indexed", "empty", "truncated", "pending", "leased", "failed"];
  const pairs = names.map(
    (name) => /** @type {[string, string]} */ ([say(name), count(Number(Reflect.get(sync, name)))]),
  );
  pairs.push([say("vectorIndex"), say(sync.vectorIndex)]);
  if (sync.lastError !== null) pairs.push([say("lastError"), sync.lastError]);
  byId("sync").replaceChildren(state, pairList(pairs));
}
