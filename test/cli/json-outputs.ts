import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Database } from "../../src/db/database.ts";
import { runCli } from "../support/cli.ts";

/** What the verbs print with --json: values by verb, such as `alias list`. */
export type Outputs = ReadonlyMap<string, unknown[]>;

const QUESTIONS = [
  "如何申请退款？",
  "怎么申请退款？",
  "怎么修改收货地址？",
  "忘记密码怎么办？",
  "优惠券可以叠加使用吗？",
  "发票怎么开？",
  "怎么取消订单？",
  "快递几天能到？",
  "😀👍",
];
const TOPICS = "退款 密码 发票 快递 会员 积分 售后 订单".split(" ");
const WAYS = ["怎么办理", "在哪里", "要多久", "有问题", "可以吗"];

/** Labelled files that verbs read, by name. */
const FILES: Readonly<Record<string, string>> = {
  "golden.csv": "question,key\n怎么退款,1\n密码忘了,4\n明天会下雨吗,\n",
  "questions.csv": `question,key\n${TOPICS.flatMap((topic) => WAYS.map((way) => `${topic}${way},${topic === "退款" ? 1 : ""}`)).join("\n")}\n`,
  "asked.txt": "怎么退钱\n今天天气怎么样\n今天天气如何\n",
  "examples.csv": `text,label\n${TOPICS.slice(0, 2)
    .flatMap((topic) => WAYS.map((way) => `${topic}${way},${topic}`))
    .join("\n")}\n`,
  "pairs.csv": `sentence1,sentence2,label\n${TOPICS.flatMap((topic, at) =>
    WAYS.flatMap((way, other) => [
      `${topic}${way},${TOPICS[(at + 3) % 8]}${way},1`,
      `${topic}${way},${topic}${WAYS[(other + 1) % 5]},0`,
    ]),
  ).join("\n")}\n`,
  "faq.csv": "question,row\n怎么退钱,如何申请退款\n密码忘了,忘记密码怎么办\n",
  "texts.txt": "怎么退款\n😀\n",
};

/** Runs every verb with --json on a small table in `database`; `folder` is for files. */
export async function collectOutputs(database: Database, folder: string): Promise<Outputs> {
  const outputs = new Map<string, unknown[]>();
  const at = (name: string): string => join(folder, name);
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(FILES)) await writeFile(at(name), content);

  const run = async (
    verb: string,
    args: readonly string[],
    stdin = "",
    codes = [0],
    stopAt?: RegExp,
  ): Promise<void> => {
    const options = { database, stdin, ...(stopAt && { stopAt }) };
    const { code, stdout, stderr } = await runCli([...verb.split(" "), ...args, "--json"], options);
    if (!codes.includes(code)) throw new Error(`ltd-index ${verb} ${args.join(" ")} ends with ${code}: ${stderr}`);
    const values = stdout
      .trimEnd()
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as unknown);
    outputs.set(verb, [...(outputs.get(verb) ?? []), ...values]);
  };
  await database.script(`create table faq (id int primary key, question text, note text);
    insert into faq values ${QUESTIONS.map((text, id) => `(${id + 1}, '${text}', 'n')`).join(", ")}`);
  await run("init", []);
  await run("add", ["faq", "--text", "{question}", "--print-sql"]);
  await run("add", ["faq", "--text", "{question}"]);
  await run("sync", ["faq"]);
  await run("status", []);
  await run("match", ["faq", "怎么退款"]);
  await run("match", ["faq", "😀"]);
  await run("search", ["faq", "怎么退款", "--explain"]);
  await run("search", ["faq", "怎么退款"]);
  await run("alias add", ["faq", "1", "把钱还我"]);
  await run("alias add", ["--not", "faq", "1", "还钱给朋友"]);
  await run("alias import", ["faq", "--dry-run"], "1\t密码忘了咋办\n2\t把钱还我\n", [3]);
  await run("alias import", ["faq"], "4\t密码丢了\n");
  await run("alias list", ["faq"]);
  await run("alias remove", ["faq", "密码丢了"]);
  await run("sql install", []);
  await run("sql status", []);
  await run("sql parity", ["--texts", at("texts.txt")]);
  await run("sql uninstall", []);
  await run("extension build", [at("extension"), "--model", "ltd-zh-2-tiny"]);
  await run("export", ["faq", "--out", at("faq.ltd")]);
  await run("export", ["faq", "--html", at("faq.html")]);
  await run("embed", [at("texts.txt")]);
  await run("cluster", ["faq", "--k", "2"]);
  await run("cluster", ["faq", "--k", "2", "--rows"]);
  await run("cluster", ["faq", "--k", "2", "--save", "topics"]);
  await run("cluster", ["faq", "--save", "topics"]);
  await run("cluster", ["faq", "--save", "topics", "--rename", "1=退款"]);
  await run("cluster", ["faq", "--drop", "topics"]);
  await run("dedupe", ["faq", "--threshold", "0.9", "--save"]);
  await run("classify train", ["faq", "topic", at("examples.csv")]);
  await run("classify predict", ["topic", "退款在哪"]);
  await run("classify evaluate", ["topic", at("examples.csv")]);
  await run("classify list", []);
  await run("classify drop", ["topic"]);
  await run("log on", ["faq"]);
  await run("match", ["faq"], "今天天气怎么样\n今天天气如何\n怎么退钱\n");
  await run("log status", ["faq"]);
  await run("gaps", ["faq"]);
  await run("accept", ["faq", "1", "怎么退钱呢"]);
  await run("accept", ["--draft", "faq", "今天天气怎么样"]);
  await run("accept", ["--voted", "3", "faq"]);
  await run("reject", ["faq", "1", "怎么提前还花呗"]);
  await run("reject", ["--dismiss", "faq", "今天天气如何"]);
  await run("journal", ["faq"]);

  await run("journal", ["faq", "--drafts"]);
  await run("journal", ["faq", "--labels"]);
  await run("undo", ["faq"]);
  await run("log off", ["faq"]);
  await run("log clear", ["faq"]);
  await run("report", ["faq", "--k", "2", "--questions", at("asked.txt")]);
  await run("calibrate", ["faq", at("questions.csv")], "", [0, 3]);
  await run("calibrate", ["faq"], "", [0, 3]);
  await run("calibrate", ["faq", "--answer", "0.8", "--suggest", "0.4"]);
  await run("calibrate", ["faq", "--reset"]);
  await run("check", ["faq", at("golden.csv"), "--save", at("before.json")]);
  await run("check", ["faq", at("golden.csv"), "--baseline", at("before.json")], "", [0, 3]);
  await run("eval", [at("pairs.csv"), "--samples", "5"]);
  await run("eval", [at("faq.csv"), "--samples", "5"]);
  await run("eval", [at("examples.csv"), "--samples", "5"]);
  await run("tune", [at("pairs.csv"), "--id", "ours-1", "--out", at("ours"), "--epochs", "1", "--rank", "2"]);
  await run("weights set", ["faq", "花呗", "2.5"]);
  await run("weights show", ["faq"]);
  await run("weights show", ["faq", "怎么"]);
  await run("weights export", ["faq"]);
  await writeFile(at("words.tsv"), "白条\t3\n");
  await run("weights import", ["faq", at("words.tsv")]);
  await run("weights unset", ["faq", "花呗"]);
  await run("weights fit", ["faq"]);
  await run("generation list", ["faq"]);
  await run("generation rollback", ["faq"]);
  await run("generation build", ["faq", "--model", "ltd-zh-2-tiny"]);
  await run("generation switch", ["faq"]);
  const [generations] = outputs.get("generation list") as [{ generation: number; state: string }[]];
  await run("generation drop", ["faq", String(generations.find(({ state }) => state !== "live")!.generation)]);
  await run("serve", ["--port", "0"], "", [0], /url/);
  await run("mcp", ["--port", "0"], "", [0], /url/);
  await database.script("insert into faq values (100, '怎么注销账号？', '')");
  await run("watch", ["--poll", "0.2"], "", [0], /synced/);
  await database.script(`insert into ltd.queue (index_id, key, attempts, failed_at, last_error)
      select max(id), '{101}', 5, now(), 'no room' from ltd.index`);
  await run("failed", ["faq"]);
  await run("retry", ["faq"]);
  await run("verify", ["faq"]);
  await run("verify", ["--local", at("faq.ltd")], "", [0, 3]);
  await run("grant", ["reader", "faq", "to", "support"]);
  await run("doctor", []);
  await database.script(`insert into ltd.front (name, fingerprint) values ('all',
      '{"key": "id bigint", "template": "{question}", "model": "ltd-zh-2", "modelChecksum": "", "weights": ""}');
    insert into ltd.shard values ('all', 'a', 'postgres://nobody@127.0.0.1:1/none', 'faq'), ('all', 'b', 'postgres://nobody@127.0.0.1:1/none', 'faq')`);
  await run("shard list", []);
  await run("shard verify", ["all"], "", [3]);
  await run("status", ["all"]);
  await run("shard remove", ["all", "a", "--print-sql"]);
  await run("shard remove", ["all", "a"]);
  await run("shard remove", ["all", "b"]);
  await run("query", ["select id, question from faq limit 1"]);
  await run("completion", ["bash"]);
  await run("completion", ["words", "ma"]);
  await run("remove", ["faq", "--keep"]);
  return outputs;
}
