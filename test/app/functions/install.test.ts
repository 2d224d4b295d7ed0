import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as eventLoopTurn } from "node:timers/promises";
import { after, before, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { add } from "../../../src/app/keep/add.ts";
import { doctor } from "../../../src/app/operate/doctor.ts";
import { installSql, sqlStatus, uninstallSql, type SqlStatus } from "../../../src/app/functions/install.ts";
import type { SqlParity } from "../../../src/app/functions/parity.ts";
import { setWeights } from "../../../src/app/operate/weights.ts";
import { sync } from "../../../src/app/keep/sync.ts";
import { parseTemplate, renderTemplate } from "../../../src/app/template.ts";
import type { Database } from "../../../src/db/database.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { readWeights } from "../../../src/db/indexes/weight.ts";
import { createEmbedder, type Embedder } from "../../../src/embed/embedder.ts";
import { bareText, normalize } from "../../../src/text/normalize.ts";
import { runCli } from "../../support/cli.ts";
import { describeDatabases } from "../../support/databases.ts";
import { oddTexts } from "../../support/odd-texts.ts";
import { writeTinyModel } from "../../support/tiny-model.ts";

/** Texts of the demo, spread over it. */
async function questions(count: number): Promise<string[]> {
  const file = await readFile(new URL("../../../demo/medical-faq.jsonl.gz", import.meta.url));
  const lines = gunzipSync(file).toString("utf8").trimEnd().split("\n");
  const step = Math.floor(lines.length / count);
  return lines
    .filter((_, at) => at % step === 0)
    .slice(0, count)
    .map((line) => (JSON.parse(line) as { title: string }).title);
}

/** As a database can hold it. */
const storable = (text: string) => text.toWellFormed().replaceAll("\0", "");

/** Texts whose spelling has something to be changed, and ways to cut that are tied or run over a boundary. */
const spellings = [
  "ＡＢＣ　１２３",
  "  退\t款\r\n流程  ",
  "\u{feff}退\u{200b}款",
  "ﬁ①㈱",
  "iPhone İ 15Pro256GB",
  "怎麼申請退款，還錢於何時。乾隆與著名的餅乾",
  "怎 么 退　款 ？",
  "买 a 还 是 b 好 呢 x y",
  "北京 上海 广州",
  "e\u{200b}\u{301}か\u{3099}",
  "ÀÉÎ ŒUVRE ЖЁЛТЫЙ ΑΒΓ Ⅷ",
  "研究生命起源。的确切，确切地说",
  "２０２４年１２月３１日 12:30",
  "花呗分期和借呗哪个划算",
  "ab12cd 3g4g5g wifi7",
  "Kubernetes Pod 一直 CrashLoopBackOff，错误 4060",
  "zzqxjvk qwertyuiop 8613800138000",
  `${"w".repeat(140)} ${"7".repeat(40)}`,
  "\u{20bb7}野家的\u{2a6a5}字",
];

describeDatabases("functions in the database", (databases) => {
  let database: Database;
  let embedder: Embedder;
  before(async () => {
    database = await databases.create("initialised");
    embedder = await createEmbedder({ threads: 1 });
  });
  after(() => embedder.close());

  const cosine = (vector: string, expected: Float32Array) =>
    (JSON.parse(vector) as number[]).reduce((sum, value, at) => sum + value * expected[at]!, 0);
  const vectorsOf = async (texts: readonly string[], by: Embedder = embedder) => {
    const { data, dims } = await by.embed(texts);
    return texts.map((_, row) => data.subarray(row * dims, (row + 1) * dims));
  };

  it("say what to do where they are not there, and install within the default's size", async () => {
    assert.deepEqual(await sqlStatus(database), { students: [], indexes: [] });
    const { students } = await installSql(database);
    assert.deepEqual(
      students.map(({ model }) => model),
      ["ltd-zh-2"],
    );
    assert.ok(students[0]!.bytes < 40e6, String(students[0]!.bytes));
    const [found] = (await sqlStatus(database)).students;
    assert.deepEqual([found!.model, found!.isCurrent], ["ltd-zh-2", true]);
  });

  it("normalise as TypeScript does", async () => {
    for (const text of [...spellings, ...oddTexts.map(([, each]) => each), ...(await questions(100))].map(storable)) {
      const [row] = await database.query("select ltd.normalize($1) as text, ltd.bare_text($1) as bare", [text]);
      assert.deepEqual(row, { text: normalize(text), bare: bareText(text) }, text.slice(0, 50));
    }
    const [row] = await database.query("select ltd.normalize(null) as text");
    assert.equal(row!["text"], null);
  });

  it("give a row's text as TypeScript does", async () => {
    const row: Record<string, string | null> = { a: "'\"\\{b}", "b c": "1.50", none: null, list: '[1, "x"]' };
    for (const text of ["{a}", "{{a}}{a}}}", "{b c}元{none}；{{", "{list}{none}{a}", "{none}", "a{{{a}}}b"]) {
      const template = parseTemplate(text);
      const values = template.columns.map((column) => row[column]!);
      const [found] = await database.query("select ltd.row_text($1, $2, $3::jsonb) as text", [
        text,
        template.columns,
        JSON.stringify(values),
      ]);
      assert.equal(found!["text"], renderTemplate(template, values), text);
    }
  });

  it("cut as TypeScript does", async () => {
    for (const text of [...spellings, ...(await questions(300))]) {
      const [row] = await database.query<{ words: string[] }>(
        "select ltd.student_words(s, null, ltd.normalize($1)) as words from ltd.student s",
        [text],
      );
      assert.deepEqual(row!.words, embedder.encode(text)!.words, text);
    }
  });

  it("embed as ONNX Runtime does", async () => {
    const texts = [...spellings, ...oddTexts.map(([, text]) => storable(text)), ...(await questions(40))];
    const expected = await vectorsOf(texts);
    const cosines: number[] = [];
    for (const [at, text] of texts.entries()) {
      const [row] = await database.query<{ vector: string | null }>("select ltd.embed($1)::text as vector", [text]);
      assert.equal(row!.vector === null, Number.isNaN(expected[at]![0]), text.slice(0, 50));
      if (row!.vector === null) continue;
      cosines.push(cosine(row!.vector, expected[at]!));
      // the graph's matrices multiply in integers, which moves the vector of a text without a known character most (0.998)
      assert.ok(cosines.at(-1)! > 0.997, `${text.slice(0, 50)}: ${cosines.at(-1)}`);
    }
    assert.ok(cosines.reduce((sum, value) => sum + value, 0) / cosines.length > 0.9995);
    const [row] = await database.query("select ltd.embed(null) as vector");
    assert.equal(row!["vector"], null);
  });

  it("embed many texts together as one by one, also with the student of an older version", async () => {
    const some = await questions(6);
    // more characters than are read together
    const long = Array.from({ length: 40 }, () => some.join(""));
    const texts = [...spellings.slice(0, 10), ...long, ...some].filter((text) => embedder.encode(text) !== undefined);
    const compare = async (texts: readonly string[]) => {
      const [row] = await database.query<{ texts: number; cosine: number }>(
        `with given as materialized (
           select g.n, ltd.student_words(s, null, left(ltd.normalize(g.text), 320)) as words, s as student, g.text
           from unnest($1::text[]) with ordinality as g (text, n), ltd.student s
         ), alone as materialized (
           select d.text, ltd.embed(d.text) as vector from (select distinct g.text from given g) d
         )
         select count(t.vector)::int as texts, min(1 - (t.vector <=> a.vector)) as cosine
         from given g
         join alone a using (text)
         join unnest((
           select ltd.student_embed_texts((select student from given limit 1), null,
             array(select w.word from given g, unnest(g.words) with ordinality as w (word, place) order by g.n, w.place),
             array(select cardinality(g.words) from given g order by g.n))
         )) with ordinality as t (vector, n) using (n)`,
        [texts],
      );
      return row!;
    };
    const together = await compare(texts);
    assert.equal(together.texts, texts.length);
    assert.ok(together.cosine > 0.99999, String(together.cosine));
    const [{ id }] = (await database.query("select id from ltd.student")) as [{ id: number }];
    await database.script(`alter function ltd.student_${id}_batch rename to set_aside`);
    assert.equal((await compare(some.slice(0, 3))).texts, 3);
    await database.script(`alter function ltd.set_aside rename to student_${id}_batch`);
  });

  it("embed for an index with its own words and weights", async () => {
    await database.script("create table faq (id int primary key, question text)");
    await database.query("insert into faq select n, '第' || n || '个问题' from generate_series(1, 20) n");
    await add(database, embedder.model, { table: "faq" });
    const text = "白条黄怎么打白条分期";
    const before = await vectorsOf([text]);
    await sync(database, await getIndex(database, "faq"), embedder);
    await setWeights(database, "faq", [
      { word: "白条黄怎么", idf: 30 },
      { word: "分期", idf: 0 },
    ]);
    const own = embedder.withWeights(await readWeights(database, await getIndex(database, "faq")));
    assert.deepEqual(own.encode(text)!.words, ["白条黄怎么", "打白条", "分期"]);
    const expected = await vectorsOf([text], own);
    const [row] = await database.query<{ own: string; other: string }>(
      "select ltd.embed('faq', $1)::text as own, ltd.embed($1)::text as other",
      [text],
    );
    assert.ok(cosine(row!.own, expected[0]!) > 0.999);
    assert.ok(cosine(row!.other, before[0]!) > 0.999);
    assert.ok(cosine(row!.own, before[0]!) < 0.99);
  });

  it("come and go by the verbs", async () => {
    const ltd = (...args: string[]) => runCli(["sql", ...args], { database });
    const status = async () => JSON.parse((await ltd("status", "--json")).stdout) as SqlStatus;
    const installed = await ltd("install", "--model", "ltd-zh-2-tiny");
    assert.match(installed.stdout, /^ltd-zh-2-tiny: \d+(\.\d)? MB in tables\n/);
    assert.deepEqual(
      (await status()).students.map(({ model }) => model),
      ["ltd-zh-2", "ltd-zh-2-tiny"],
    );
    const tiny = await createEmbedder({ model: "ltd-zh-2-tiny", threads: 1 });
    const [row] = await database.query<{ last: string; own: string }>(
      "select ltd.embed('怎么退款')::text as last, ltd.embed('faq', '怎么退款')::text as own",
    );
    assert.ok(cosine(row!.last, (await vectorsOf(["怎么退款"], tiny))[0]!) > 0.999, "what was installed last");
    assert.ok(cosine(row!.own, (await vectorsOf(["怎么退款"]))[0]!) > 0.999, "that of the index");
    await tiny.close();
    const folder = await mkdtemp(join(tmpdir(), "ltd-parity-"));
    await writeFile(join(folder, "texts.txt"), "怎么退款\n？\n\n如何申请退款\n");
    const parity = await ltd(
      "parity",
      "--texts",
      join(folder, "texts.txt"),
      "--model",
      "ltd-zh-2-tiny",
      "--least",
      "0.999",
    );
    assert.match(parity.stdout, /texts +2\n.*segmented differently +0\n4 characters: [\d.]+ ms \(1 texts\)\n6 /s);
    assert.deepEqual(
      [parity.code, (await ltd("parity", "--texts", join(folder, "texts.txt"))).code],
      [0, 3],
      "of another model",
    );
    const groups = Array.from({ length: 12 }, (_, n) => ({ questions: [`第${n}个订单怎么取消`, `取消${n}号`] }));
    const faq = join(folder, "faq.jsonl");
    await writeFile(faq, groups.map((group) => JSON.stringify(group)).join("\n"));
    const asked = await ltd("parity", "--faq", faq, "--model", "ltd-zh-2-tiny");
    assert.match(asked.stdout, /texts +12\n.*\nsame nearest row +12 \(of 12 rows\)\n/s);
    // a damaged student, to which all characters and words are the same
    const [last] = await database.query<{ id: number }>("select max(id) as id from ltd.student");
    for (const part of ["character", "word"])
      await database.query(`update ltd.student_${last!.id}_${part} set embedding = other.embedding
        from ltd.student_${last!.id}_${part} other where other.${part} = ''`);
    const damaged = await ltd("parity", "--faq", faq, "--model", "ltd-zh-2-tiny", "--json");
    assert.equal(damaged.code, 3);
    const other = JSON.parse(damaged.stdout) as SqlParity;
    const { rows, same, differences } = other.top!;
    assert.deepEqual([rows, same + differences.length], [12, 12]);
    assert.ok(differences.length > 0);
    for (const { text, onnx, sql, margin } of differences)
      assert.ok(
        text.startsWith("取消") && onnx.startsWith("第") && sql.startsWith("第") && onnx !== sql && margin > 0,
        text,
      );
    for (const wrong of [[], ["--faq", faq, "--texts", faq]]) assert.equal((await ltd("parity", ...wrong)).code, 2);
    await writeFile(faq, '{"sentence1": "a", "sentence2": "b", "label": 1}\n');
    assert.equal((await ltd("parity", "--faq", faq)).code, 1, "no FAQ");
    await rm(folder, { recursive: true });
    await database.query("update ltd.student set functions = 'of before'");
    assert.match(JSON.stringify(await doctor(database)), /installed by another version/);
    assert.match((await ltd("status")).stdout, /ltd-zh-2: 27 MB.*another version[^]*index faq: ready/);
    assert.match((await ltd("install")).stdout, /^ltd-zh-2: /, "those of the live indexes");
    assert.deepEqual(
      (await status()).students.map(({ model, isCurrent }) => [model, isCurrent]),
      [
        ["ltd-zh-2-tiny", false],
        ["ltd-zh-2", true],
      ],
    );
    assert.match((await ltd("uninstall")).stdout, /removed the functions/);
    assert.match((await ltd("status")).stdout, /^nothing is installed: ltd-index sql install/);
    assert.deepEqual((await installSql(database)).views, []);
    await database.script(
      "alter table faq add column note int; alter table faq alter note type text; alter table faq drop note",
    );
    const { stdout } = await ltd("install", "--views");
    assert.match(stdout, /^view ltd\.faq: while it exists, Postgres refuses to drop public\.faq or a column of it/m);
    await database.query("alter table faq add column note int");
    await installSql(database); // without the flag a view that is there is brought up to date
    assert.deepEqual(await database.query("select note from ltd.faq limit 1"), [{ note: null }]);
    await assert.rejects(database.query("alter table faq drop column note"), { code: "database" });
  });

  it("take the place of an older version's, and what was granted stays", async () => {
    const role = `ltd_asker_${process.pid}_${databases.kind}`;
    const students = () => database.query<{ id: number }>("select id from ltd.student");
    const [{ id }] = (await students()) as [{ id: number }];
    await database.script(`create role ${role}; revoke all on function ltd.embed(text, text) from public;
      grant execute on function ltd.embed(text, text), ltd.search to ${role} with grant option;
      grant select on ltd.faq to ${role}; grant select on ltd.student_${id}_unit, ltd.student_${id}_word to public;
      drop function ltd.match; drop function ltd.embed(text);
      create function ltd.match(text, text, integer) returns setof text language sql as $$ select 'old' $$;
      create function ltd.match(index_name text, question text, k integer, filter jsonb) returns table (old text) language sql as $$ select 'old' $$;
      create function ltd.embed(old text) returns text language sql as $$ select 'old' $$;
      update ltd.student set functions = 'of before'`);
    await installSql(database);
    const [row] = await database.query("select pg_typeof(ltd.embed('退款'))::text as type");
    assert.deepEqual(row, { type: "vector" });
    assert.equal((await database.query("select key, row from ltd.match('faq', '问题', 3)")).length, 3);
    const [{ id: next }] = (await students()) as [{ id: number }];
    assert.notEqual(next, id);
    const [may] = await database.query(
      `select has_function_privilege($1, 'ltd.embed(text, text)', 'execute with grant option') as embed,
         has_function_privilege($1, 'ltd.search(text, text, integer, jsonb)', 'execute with grant option') as search,
         has_table_privilege($1, 'ltd.faq', 'select') as view, has_table_privilege($1, $2, 'select') as student,
         (select count(*)::int from pg_proc p, aclexplode(p.proacl) a
          where p.oid = 'ltd.embed(text, text)'::regprocedure and a.grantee = 0) as public`,
      [role, `ltd.student_${next}_unit`],
    );
    assert.deepEqual(may, { embed: true, search: true, view: true, student: true, public: 0 });
    assert.deepEqual(await database.query("select to_regclass($1) as left", [`ltd.student_${id}_unit`]), [
      { left: null },
    ]);
    await database.script(`grant execute on function ltd.embed(text, text) to public;
      drop owned by ${role}; drop role ${role}`);
  });

  it("are switched atomically for concurrent questions", async () => {
    const question = "第3个问题";
    const ask = async () =>
      (
        await database.query("select key, decision, ltd.embed($1)::text as vector from ltd.match('faq', $1, 1)", [
          question,
        ])
      )[0];
    const before = await ask();
    let installs = databases.kind === "server" ? 3 : 1; // the embedded one has one connection, for one after the other
    let asked = 0;
    const keepAsking = async (): Promise<void> => {
      while (installs > 0) {
        assert.deepEqual(await ask(), before);
        asked++;
        await eventLoopTurn(); // a query of the embedded database waits for nothing
      }
    };
    const install = async (): Promise<void> => {
      for (; installs > 0; installs--) await installSql(database);
    };
    await Promise.all([install(), keepAsking(), keepAsking()]);
    assert.ok(asked > 0);
  });

  it("refuse a model of another shape", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ltd-tiny-"));
    try {
      await writeTinyModel(join(folder, "tiny"), "tiny", 8);
      await assert.rejects(installSql(database, { models: [join(folder, "tiny")] }), {
        code: "model",
        message: /tiny.*char_table/,
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("name the next step", async () => {
    const asks = (statement: string) => database.query(statement);
    await assert.rejects(asks("select ltd.embed('nothing', '退款')"), { message: /no index "nothing"/, hint: /faq/ });
    await assert.rejects(asks("select ltd.embed('x''; drop table faq; --', '退款')"), { message: /no index/ });
    await uninstallSql(database);
    assert.deepEqual((await sqlStatus(database)).indexes, [{ index: "faq", model: "ltd-zh-2", isInstalled: false }]);
    await assert.rejects(asks("select ltd.embed('退款')"), { message: /ltd\.embed/ });
    const left = await database.query(
      "select oid::regclass::text as name from pg_class where relnamespace = 'ltd'::regnamespace and relname like 'student\\__%\\_%' and relkind = 'r'",
    );
    assert.deepEqual(left, []);
    await uninstallSql(database);
  });
});
