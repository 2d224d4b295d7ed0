import type { ClusterResult } from "../app/cluster/cluster.ts";
import { count, duration, renderPartial } from "./output.ts";
import { padStart } from "./display-width.ts";
import { t } from "./language.ts";

const REPRESENTATIVE_CHARACTERS = 40;

/** The numbers of clusters that were tried, with a mark at the one that was taken. Empty where none were. */
export function renderSweep({ fit, done }: Omit<ClusterResult, "members">): string {
  if (fit.sweep === null || done === "assigned") return "";
  const lines = fit.sweep.map(
    ({ k, silhouette, inertia }) =>
      `${String(k).padStart(5)}  ${silhouette.toFixed(4).padStart(10)}  ${inertia.toFixed(1).padStart(9)}${k === fit.k ? "  <" : ""}`,
  );
  return [`${padStart("k", 5)}  ${padStart(t`silhouette`, 10)}  ${padStart(t`inertia`, 9)}`, ...lines, "", ""].join(
    "\n",
  );
}

/** The clusters, the largest first, each with its typical rows. */
export function renderClusters(result: Omit<ClusterResult, "members">): string {
  const { index, clustering, rows, clusters, unassigned, fit, seconds } = result;
  const what = clustering === null ? index : t`${clustering} of ${index}`;
  const parts = [t`${what}: ${count(rows)} rows in ${count(clusters.length)} clusters`];
  if (result.done === "assigned")
    parts.push(t`${count(result.assigned)} assigned now, ${count(result.forgotten)} removed`);
  if (result.refit === "model") parts.push(t`clustered again: the model has changed`);
  if (unassigned > 0) parts.push(t`${count(unassigned)} unassigned (${percent(unassigned, rows)})`);
  parts.push(t`silhouette ${fit.silhouette.toFixed(3)}`, duration(seconds));
  const lines = clusters.flatMap(({ id, label, size, cohesion, representatives }) => [
    `${String(id).padStart(4)}  ${count(size).padStart(8)}  ${percent(size, rows).padStart(6)}  ${cohesion.toFixed(3).padStart(8)}  ${label}`,
    ...representatives.map(({ key, text }) => `${" ".repeat(34)}${key.join(", ")}  ${clip(text)}`),
  ]);
  return [
    parts.join(t`, `),
    ...renderPartial(result.partial),
    "",
    `${padStart(t`id`, 4)}  ${padStart(t`rows`, 8)}  ${padStart(t`share`, 6)}  ${padStart(t`cohesion`, 8)}  ${t`label`}`,
    ...lines,
  ].join("\n");
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / Math.max(whole, 1)).toFixed(1)} %`;
}

function clip(text: string): string {
  const characters = Array.from(text.replaceAll(/\s+/g, " ").trim());
  if (characters.length <= REPRESENTATIVE_CHARACTERS) return characters.join("");
  return `${characters.slice(0, REPRESENTATIVE_CHARACTERS - 1).join("")}…`;
}
