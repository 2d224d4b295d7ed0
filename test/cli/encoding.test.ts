import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { openDatabase } from "../../src/index.ts";
import type { Database } from "../../src/db/database.ts";
import { runCli } from "../support/cli.ts";

const utf16 = (text: string) => Buffer.from(`\u{feff}${text}`, "utf16le");

/** What a verb reads: in UTF-8, and in GBK as bytes (Node.js has no encoder of it). */
const QUESTION = { text: "怎么退款\n", gbk: "d4f5c3b4cdcbbfee0a" };
const ALIAS = { text: "1\t退钱\n", gbk: "3109cdcbc7ae0a" };
const WEIGHT = { text: "退款\t3\n", gbk: "cdcbbfee09330a" };
const PAIRS = { text: "退款\t退钱\t1\n退款\t密码\t0\n", gbk: "cdcbbfee09cdcbc7ae09310acdcbbfee09c3dcc2eb09300a" };

describe("what is read in another encoding", () => {
  let folder: string;
  let database: Database;
  const file = async (bytes: Uint8Array) => {
    await writeFile(join(folder, "given.txt"), bytes);
    return join(folder, "given.txt");
  };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ltd-encoding-"));
    database = await openDatabase({ folder: join(folder, "db") });
    for (const args of [
      ["init"],
      ["query", "create table faq (id int primary key, question text)"],
      ["query", "insert into faq values (1, '如何申请退款'), (2, '忘记密码怎么办')"],
      ["add", "faq", "--text", "{question}"],
      ["sync"],
    ]) {
      const { code, stderr } = await runCli([...args, "--quiet"], { database });
      assert.equal(code, 0, stderr);
    }
  });
  after(async () => {
    await database.close();
    await rm(folder, { recursive: true });
  });

  const verbs: readonly [name: string, given: { text: string; gbk: string }, args: string[], isFile?: boolean][] = [
    ["embed", QUESTION, ["embed"]],
    ["embed of a file", QUESTION, ["embed"], true],
    ["match", QUESTION, ["match", "faq", "--json"]],
    ["search", QUESTION, ["search", "faq", "--json"]],
    ["alias import", ALIAS, ["alias", "import", "faq", "--json"]],
    ["weights import", WEIGHT, ["weights", "import", "--json", "faq"], true],
    ["eval", PAIRS, ["eval", "--samples", "0", "--json"], true],
  ];
  for (const [name, { text, gbk }, args, isFile] of verbs) {
    it(`${name}: is refused with the line, and read with --encoding`, async () => {
      const run = async (bytes: Uint8Array, ...flags: string[]) =>
        isFile
          ? runCli([...args, await file(bytes), ...flags], { database })
          : runCli([...args, ...flags], { database, stdin: bytes });
      for (const [bytes, encoding] of [
        [Buffer.from(gbk, "hex"), "gbk"],
        [utf16(text), "utf-16le"],
      ] as const) {
        const refused = await run(bytes);
        assert.deepEqual([refused.code, refused.stdout], [1, ""]);
        assert.match(refused.stderr, /line 1 of (standard input|.*given\.txt) is not in UTF-8\n/);
        assert.match(refused.stderr, new RegExp(`hint: .*--encoding ${encoding}\n`));
        const given = await run(bytes, "--encoding", encoding);
        assert.equal(given.code, 0, given.stderr);
        const expected = await run(Buffer.from(text));
        // weights that are there already change nothing
        const plain = (output: string) => output.replaceAll(/"(seconds|changed|embedded)":[\d.e-]+/g, "");
        assert.equal(plain(given.stdout), plain(expected.stdout));
      }
      const unknown = await run(Buffer.from(text), "--encoding", "gbq");
      assert.equal(unknown.code, 2, unknown.stderr);
    });
  }

  it("alias import: a third column is an error that names the line, and so is a missing one", async () => {
    for (const [line, has] of [
      ["2\t密码\t丢了", "has the third column"],
      ["2 密码", "has no tab"],
    ] as const) {
      const { code, stderr } = await runCli(["alias", "import", "faq"], { database, stdin: `1\t退钱吧\n${line}\n` });
      assert.equal(code, 1);
      assert.ok(stderr.includes(`line 2 ${has}`), stderr);
    }
    const { stdout } = await runCli(["alias", "list", "faq"], { database });
    assert.doesNotMatch(stdout, /退钱吧/, "all or none");
  });

  it("numbers in JSON that have lost digits are refused, with the line", async () => {
    const where = await runCli(["match", "faq", "退款", "--where", '{"id": 9007199254740993}'], { database });
    assert.equal(where.code, 2);
    assert.match(where.stderr, /beyond 2\^53.*\nhint: write it as a string/);
    const labelled = await file(
      Buffer.from('{"question": "退款", "key": 1}\n{"question": "退款", "key": 9007199254740993}\n'),
    );
    const calibrated = await runCli(["calibrate", "faq", labelled], { database });
    assert.equal(calibrated.code, 1);
    assert.match(calibrated.stderr, /line 2 of .*beyond 2\^53/);
  });
});
