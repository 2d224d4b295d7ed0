import type { Command } from "commander";
import { cluster, type ClusterResult } from "../../app/cluster/cluster.ts";
import { clusterFront } from "../../app/shards/cluster.ts";
import { dropClustering, mergeClusters, renameCluster } from "../../app/shards/edit-clusters.ts";
import type { ClusterMember } from "../../app/cluster/result.ts";
import type { ClusterOptions } from "../../app/cluster/settings.ts";
import type { Database } from "../../db/database.ts";
import { findFront } from "../../db/indexes/front.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { LtdError } from "../../errors.ts";
import { configOf, flagsOf, withDatabase, type Context, type GlobalFlags } from "../context.ts";
import { count, say, sayBehind, sayLate, writeResult, writeResultRows } from "../output.ts";
import { renderClusters, renderSweep } from "../render-clusters.ts";
import { t } from "../language.ts";

interface ClusterFlags {
  k?: string;
  seed?: string;
  starts?: string;
  method?: string;
  cut?: string;
  save?: string;
  refit?: boolean;
  rename: string[];
  merge: string[];
  drop?: string;
  rows?: boolean;
}

const collect = (value: string, before: string[]): string[] => [...before, value];

export function defineCluster(verb: Command, context: Context): void {
  verb
    .argument("<index>", "index whose rows are clustered; of a front, those of all its shards")
    .option("--k <n>", "clusters, or auto: the number from 2 to 100 with the largest silhouette (default: auto)")
    .option("--cut <similarity>", "rows less similar to every centroid stay unassigned, -1 to 1 (default: none does)")
    .option("--save <name>", "store the clusters under this name; later runs assign new and changed rows to them")
    .option("--refit", "cluster everything again; clusters that survive keep their name and number")
    .option("--rename <id=name>", "name a saved cluster; repeatable; an empty name removes it", collect, [])
    .option("--merge <ids>", "merge saved clusters into the first: 3,5; repeatable", collect, [])
    .option("--drop <name>", "delete saved clusters")
    .option("--rows", "print every row with its cluster instead of the clusters")
    .option("--seed <n>", "random seed; the same seed gives the same clusters (default: 1)")
    .option("--starts <n>", "starts of k-means, of which the best is taken, 1 to 100 (default: 4)")
    .option("--method <method>", "lloyd or mini-batch (default: lloyd up to 200,000 rows)")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index cluster faq
  ltd-index cluster faq --k 20 --rows > rows.tsv
  ltd-index cluster faq --save topics                          again from cron: only what is new is assigned
  ltd-index cluster faq --save topics --rename 3=退款 --merge 4,7
  ltd-index cluster faq --save topics --refit --json

In SQL: select * from ltd.cluster_row where index_name = 'faq' and clustering = 'topics'`,
    )
    .action(async (name: string, _options: object, command: Command) => {
      const flags = flagsOf<ClusterFlags>(command);
      const { threads } = configOf(context, flags);
      await withDatabase(context, flags, async (database) => {
        if (flags.drop !== undefined) {
          await dropClustering(database, name, flags.drop);
          const dropped = { index: name, dropped: flags.drop };
          return writeResult(context, flags, dropped, () => t`dropped the clustering ${flags.drop} of ${name}`);
        }
        await requireSchema(database);
        await edit(database, name, flags);
        const result = await run(context, flags, database, name, {
          ...optionsOf(flags),
          threads,
          signal: context.signal,
          onStep: ({ k, silhouette }) => say(context, flags, t`k = ${k}: silhouette ${silhouette.toFixed(4)}`),
        });
        sayBehind(context, flags, name, result);
        const { members, ...shown } = result;
        if (!flags.rows) {
          return writeResultRows(context, flags, shown, (found) => `${renderSweep(found)}${renderClusters(found)}`);
        }
        const labels = new Map(result.clusters.map(({ id, label }) => [id, label]));
        for (const member of members) {
          const label = member.cluster === null ? null : (labels.get(member.cluster) ?? null);
          await writeResultRows(context, flags, { ...member, label }, renderMember);
        }
        say(context, flags, t`${count(members.length)} rows in ${count(result.clusters.length)} clusters`);
      });
    });
}

async function run(
  context: Context,
  flags: ClusterFlags & GlobalFlags,
  database: Database,
  name: string,
  options: ClusterOptions,
): Promise<ClusterResult> {
  const front = await findFront(database, name);
  if (front === undefined) return cluster(database, name, options);
  return clusterFront(database, front, options, sayLate(context, flags));
}

function renderMember({
  key,
  cluster: id,
  label,
  similarity,
}: ClusterMember & { readonly label: string | null }): string {
  return [key.join(","), id ?? "", label ?? "", similarity.toFixed(4)].join("\t");
}

async function edit(database: Database, index: string, { save, rename, merge }: ClusterFlags): Promise<void> {
  if (save === undefined && rename.length + merge.length > 0) {
    throw new LtdError("usage", "only clusters that are saved can be renamed or merged", {
      hint: "name them: --save topics",
    });
  }
  for (const written of merge)
    await mergeClusters(
      database,
      index,
      save!,
      written.split(",").map((id) => idOf(id, "--merge 3,5")),
    );
  for (const written of rename) {
    const at = written.indexOf("=");
    if (at < 0) throw new LtdError("usage", `--rename is ${written}, but must be a number and a name: 3=退款`);
    const given = written.slice(at + 1).trim();
    await renameCluster(
      database,
      index,
      save!,
      idOf(written.slice(0, at), "--rename 3=退款"),
      given === "" ? null : given,
    );
  }
}

function idOf(written: string, example: string): number {
  const id = Number(written);
  if (Number.isInteger(id) && id > 0) return id;
  throw new LtdError("usage", `${JSON.stringify(written)} is not the number of a cluster`, {
    hint: `write ${example}`,
  });
}

function optionsOf({ k, seed, starts, method, cut, save, refit }: ClusterFlags): ClusterOptions {
  const numberOf = (value: string | undefined) => (value === undefined ? undefined : Number(value));
  return {
    k: k === "auto" ? "auto" : numberOf(k),
    seed: numberOf(seed),
    starts: numberOf(starts),
    method: method as ClusterOptions["method"],
    cut: numberOf(cut),
    save,
    refit,
  };
}
