import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { promisify } from "node:util";
import { addAlias } from "../../../src/app/ask/alias.ts";
import { installModel } from "../../../src/app/install-model.ts";
import { add } from "../../../src/app/keep/add.ts";
import { sync } from "../../../src/app/keep/sync.ts";
import { logStatus, setLog } from "../../../src/app/operate/log.ts";
import type { Database } from "../../../src/db/database.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { createEmbedder } from "../../../src/embed/embedder.ts";
import { runCli } from "../../support/cli.ts";
import { describeDatabases } from "../../support/databases.ts";

const golden = `question,key
怎么申请退款,1
我要改收货地址,2
密码忘了,3
今天天气怎么样,
`;

describeDatabases("the quality gate", (databases) => {
  let database: Database;
  let folder: string;
  const at = (name: string) => join(folder, name);
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ltd-check-"));
    await writeFile(at("golden.csv"), golden);
    database = await databases.create("initialised");
    const embedder = await createEmbedder({ model: "ltd-zh-2-tiny", threads: 1 });
    await database.query("create table faq (id int primary key, question text)");
    await database.query("insert into faq values (1, '如何申请退款'), (2, '怎么修改收货地址'), (3, '忘记密码怎么办')");
    await installModel(database, embedder.model);
    await add(database, embedder.model, { table: "faq", template: "{question}" });
    await sync(database, await getIndex(database, "faq"), embedder);
    await embedder.close();
  });
  after(() => rm(folder, { recursive: true }));

  it("compares golden questions with what they gave before, and ends with 3 when it is worse", async () => {
    await setLog(database, "faq");
    const first = await runCli(["check", "faq", at("golden.csv"), "--save", at("before.json")], { database });
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stdout, /questions +4, 3 with an answer\nfirst row is right +100\.0 %/);
    assert.equal((await logStatus(database, "faq")).questions, 0, "no person asked");
    const check = (...args: string[]) =>
      runCli(["check", "faq", at("golden.csv"), "--baseline", at("before.json"), ...args], { database });
    const same = await check();
    assert.deepEqual([same.code, /changed +0 worse, 0 better of 4/.test(same.stdout)], [0, true], same.stdout);
    await addAlias(database, "faq", [{ key: 3, question: "怎么申请退款" }]);
    const worse = await check();
    assert.equal(worse.code, 3);
    assert.match(worse.stdout, /worse {3}怎么申请退款: \w+ 1 -> answer 3 \(wrong row\)/);
    assert.match(worse.stdout, /WORSE: questions whose first row is right: 100\.0 % before, 66\.7 % after/);
    assert.equal((await check("--allow", "0.5")).code, 0);
    const json = JSON.parse((await check("--json")).stdout) as { comparison: { problems: string[]; p: number } };
    assert.deepEqual([json.comparison.problems.length > 0, json.comparison.p], [true, 1]);
    const query = "select question, id::text as key from faq";
    assert.match((await runCli(["check", "faq", "--query", query], { database })).stdout, /right answer +100\.0 %/);
  });

  it("says what is wrong with its files", async () => {
    await writeFile(at("other.json"), "{}");
    for (const [args, code, says] of [
      [["faq"], 2, /name a file of golden questions, or give --query/],
      [
        ["faq", at("golden.csv"), "--baseline", at("other.json")],
        1,
        /is no baseline: its format is not named[^]*--save/,
      ],
      [["faq", at("none.csv")], 1, /cannot be read/],
      [["faq", at("golden.csv"), "--allow", "2"], 2, /--allow is 2/],
    ] as const) {
      const result = await runCli(["check", ...args], { database });
      assert.deepEqual([result.code, says.test(result.stderr)], [code, true], result.stderr);
    }
  });

  it("refuses the switch to a generation that is worse, and allows one that is not", async () => {
    await runCli(["alias", "remove", "faq", "怎么申请退款"], { database });
    await runCli(["sync", "faq"], { database });
    const built = await runCli(["generation", "build", "faq", "--model", "ltd-zh-2"], { database });
    assert.equal(built.code, 0, built.stderr);
    // the next generation would suggest what the live one answers
    await database.query("update ltd.index set answer_threshold = 1, suggest_threshold = 1 where state = 'building'");
    const change = ["generation", "switch", "faq", "--check", at("golden.csv")];
    const refused = await runCli(change, { database });
    assert.equal(refused.code, 3);
    assert.match(refused.stderr, /generation 2 of faq does not become live: questions that get the right answer/);
    assert.equal((await getIndex(database, "faq")).generation, 1);
    await database.query(
      "update ltd.index set answer_threshold = null, suggest_threshold = null where state = 'building'",
    );
    const done = await runCli([...change, "--allow", "0.4"], { database });
    assert.equal(done.code, 0, done.stderr);
    assert.equal((await getIndex(database, "faq")).generation, 2);
  });

  it("has an action for GitHub that fails with it, and leaves a summary", async () => {
    const script = join(import.meta.dirname, "../../../.github/actions/check/run.sh");
    await writeFile(at("ltd-index"), `#!/bin/sh\necho "$@" > ${at("args")}\nprintf '{"scores":{}}\\n'\nexit $CODE\n`);
    await chmod(at("ltd-index"), 0o755);
    const run = (code: number) =>
      promisify(execFile)("bash", [script], {
        env: {
          ...process.env,
          PATH: `${folder}:${process.env["PATH"]}`,
          CODE: String(code),
          INPUT_INDEX: "faq",
          INPUT_GOLDEN: "my golden.csv",
          INPUT_BASELINE: "before.json",
          INPUT_ALLOW: "0.02",
          INPUT_SUMMARY: at("summary.json"),
          GITHUB_OUTPUT: at("output"),
        },
      });
    await run(0);
    assert.equal(
      (await readFile(at("args"), "utf8")).trim(),
      "check faq my golden.csv --allow 0.02 --json --baseline before.json",
    );
    assert.deepEqual(JSON.parse(await readFile(at("summary.json"), "utf8")), { scores: {} });
    assert.match(await readFile(at("output"), "utf8"), /^is-worse=false$/m);
    await assert.rejects(run(3), { code: 3 });
    assert.match(await readFile(at("output"), "utf8"), /^is-worse=true$/m);
  });
});
