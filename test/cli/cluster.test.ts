import assert from "node:assert/strict";
import { before, it } from "node:test";
import type { ClusterMember, ClusterResult } from "../../src/index.ts";
import { runCli } from "../support/cli.ts";
import { describeDatabases } from "../support/databases.ts";

const TEXTS = [
  "怎么申请退款",
  "退款多久到账",
  "退款失败怎么办",
  "忘记密码怎么办",
  "怎么修改登录密码",
  "密码输错被锁定",
  "怎么开发票",
  "发票抬头怎么改",
];

describeDatabases("cluster", (databases) => {
  let target: string;
  const ltd = (...args: string[]) => runCli(args, { target });
  const json = async <T>(...args: string[]): Promise<T> => {
    const { code, stdout, stderr } = await ltd(...args, "--json");
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as T;
  };

  before(async () => {
    target = await databases.createTarget("initialised");
    const rows = TEXTS.map((text, at) => `(${at + 1}, '${text}')`).join(", ");
    await ltd("query", "create table faq (id int primary key, question text)");
    await ltd("query", `insert into faq values ${rows}`);
    for (const args of [
      ["add", "faq"],
      ["sync", "faq"],
    ])
      assert.equal((await ltd(...args)).code, 0);
  });

  it("prints the sweep and the clusters; --rows prints every row", async () => {
    const { code, stdout, stderr } = await ltd("cluster", "faq", "--k", "auto", "--starts", "2", "--seed", "3");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^ +k +silhouette +inertia\n(.*\n)*.* {2}<\n/);
    assert.match(
      stdout,
      /\nfaq: 8 rows in \d clusters, silhouette 0\.\d+, .*\n\n {2}id +rows +share +cohesion +label\n/,
    );
    assert.match(stderr, /k = 2: silhouette/);
    const result = await json<ClusterResult>("cluster", "faq", "--k", "3", "--method", "lloyd");
    assert.deepEqual([result.clusters.length, result.rows, "members" in result], [3, 8, false]);
    assert.ok(result.clusters.some(({ label }) => label.startsWith("退款")));
    const rows = (await ltd("cluster", "faq", "--k", "3", "--rows")).stdout.trim().split("\n");
    assert.equal(rows.length, 8);
    assert.match(rows[0]!, /^1\t\d\t退款\S*\t[01]\.\d{4}$/);
    const lines = (await ltd("cluster", "faq", "--k", "3", "--rows", "--json")).stdout.trim().split("\n");
    const member = JSON.parse(lines[7]!) as ClusterMember & { label: string };
    assert.deepEqual([member.key, typeof member.cluster, member.label.startsWith("发票")], [["8"], "number", true]);
  });

  it("saves, assigns new rows, renames, merges, clusters again and drops", async () => {
    const saved = await json<ClusterResult>("cluster", "faq", "--k", "3", "--save", "topics");
    const refund = saved.clusters.find(({ label }) => label.startsWith("退款"))!.id;
    const others = saved.clusters.map(({ id }) => id).filter((id) => id !== refund);
    await ltd("query", "insert into faq values (9, '退款要几天')");
    const behind = await ltd("cluster", "faq", "--save", "topics");
    assert.match(behind.stderr, /note: 1 changed rows wait for ltd-index sync faq/);
    await ltd("sync", "faq");
    const named = await ltd(
      "cluster",
      "faq",
      "--save",
      "topics",
      "--rename",
      `${refund}=退钱`,
      "--merge",
      others.join(","),
    );
    assert.equal(named.code, 0, named.stderr);
    assert.match(named.stdout, /^topics of faq: 9 rows in 2 clusters, 1 assigned now, 0 removed, /);
    assert.match(named.stdout, / {2}退钱\n/);
    const query = `select cluster_id, count(*) as rows from ltd.cluster_row where clustering = 'topics' group by 1 order by 2`;
    const counts = (await ltd("query", query)).stdout;
    assert.equal(counts, `cluster_id\trows\n${refund}\t4\n${others[0]}\t5\n`);
    const anew = await json<ClusterResult>("cluster", "faq", "--save", "topics", "--refit", "--cut", "-0.5");
    assert.deepEqual([anew.refit, anew.clusters.length], ["asked", 2]);
    assert.ok(anew.clusters.some(({ label }) => label === "退钱"));
    const unnamed = await json<ClusterResult>("cluster", "faq", "--save", "topics", "--rename", `${refund}=`);
    assert.ok(unnamed.clusters.every(({ isNamed }) => !isNamed));
    assert.deepEqual(await json("cluster", "faq", "--drop", "topics"), { index: "faq", dropped: "topics" });
    assert.equal((await ltd("cluster", "faq", "--drop", "topics")).code, 1);
  });

  it("says what is wrong with what it is given", async () => {
    const wrong: [string[], RegExp][] = [
      [["--k", "many"], /k is NaN, but must be/],
      [["--k", "9999"], /only 9 rows with a vector\nhint: .*--k auto/],
      [["--cut", "3"], /cut is 3, but must be a cosine/],
      [["--method", "magic"], /must be lloyd or mini-batch/],
      [["--rename", "1=x"], /only clusters that are saved/],
      [["--refit"], /only a saved clustering/],
      [["--save", "t", "--rename", "x"], /must be a number and a name/],
      [["--save", "t", "--merge", "1,x"], /not the number of a cluster/],
    ];
    for (const [args, message] of wrong) {
      const { code, stderr } = await ltd("cluster", "faq", ...args);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    }
    const none = await ltd("cluster", "faq", "--save", "nothing", "--merge", "1,2");
    assert.equal(none.code, 1);
    assert.match(none.stderr, /no clustering "nothing"\nhint: create one: ltd-index cluster faq --save nothing/);
  });
});
