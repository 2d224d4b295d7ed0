import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { writeBert } from "../../bench/speed/shapes/bert.ts";
import { tokenizer, VOCABULARY } from "../../bench/speed/shapes/tokenizer.ts";
import { ASK_SYSTEMS } from "../../bench/ask/measure.ts";
import { openBert } from "../../bench/shared/bert.ts";
import { withEmptyDatabase } from "../../bench/shared/target.ts";
import { createWordPiece } from "../../bench/shared/word-piece.ts";
import { changesFor } from "../../bench/robustness/changes.ts";
import { add, exportIndex, init, loadModel, openDatabase, openIndex } from "../../src/index.ts";
import { Random } from "../../src/vector/random.ts";
import { toAskMarkdown, type AskReport } from "../../bench/ask/table.ts";
import type { ExtensionReport } from "../../bench/extension/run.ts";
import type { ClusterReport } from "../../bench/cluster/table.ts";
import type { DedupeReport } from "../../bench/dedupe/run.ts";
import type { RobustnessReport } from "../../bench/robustness/table.ts";
import type { ScaleReport } from "../../bench/sync/scale-table.ts";
import type { SearchReport } from "../../bench/ann/table.ts";
import type { ShardsReport } from "../../bench/shards/run.ts";
import type { SpeedReport } from "../../bench/speed/table.ts";
import type { SyncReport } from "../../bench/sync/table.ts";

function run(
  bench:
    | "cluster"
    | "dedupe"
    | "extension"
    | "ann"
    | "ask"
    | "map"
    | "robustness"
    | "shards"
    | "speed"
    | "start"
    | "sync",
  ...args: string[]
) {
  const entry = join(import.meta.dirname, `../../bench/${bench}/run.ts`);
  return spawnSync(process.execPath, [entry, ...args], { encoding: "utf8" });
}

describe("bench:map", () => {
  it("says how far the map keeps what is near, beside the first two components", () => {
    const { status, stdout, stderr } = run("map", "--rows", "300", "--components", "32");
    assert.equal(status, 0, stderr);
    const [map, two] = [...stdout.matchAll(/trustworthiness ([01]\.\d+), ([\d.]+) % of the 15 nearest kept/g)];
    assert.ok(Number(map![1]) > Number(two![1]) && Number(map![2]) > Number(two![2]), stdout);
  });
});

describe("bench:start", () => {
  it("sets the start of the program beside node -e 0", () => {
    const { status, stdout, stderr } = run("start", "--rounds", "1", "--json");
    assert.equal(status, 0, stderr);
    const { figures } = JSON.parse(stdout) as { figures: { command: string; cpuMs: number; byCpu: number }[] };
    assert.deepEqual(
      figures.map(({ command }) => command.split(" ").at(-1)),
      ["0", "--version", "--help"],
    );
    assert.ok(figures.every(({ cpuMs, byCpu }) => cpuMs > 0 && byCpu > 0));
  });
});

describe("bench:cluster", () => {
  it("clusters the demo's titles and finds their duplicates both ways", { timeout: 300_000 }, () => {
    const { status, stdout, stderr } = run(
      "cluster",
      "--rows",
      "400",
      "--k",
      "4",
      "--rounds",
      "1",
      "--graph",
      "--json",
    );
    assert.equal(status, 0, stderr);
    const { contests, duplicates } = JSON.parse(stdout) as ClusterReport;
    assert.deepEqual(
      contests.map(({ rows, k, systems }) => [rows, k, systems.length]),
      [[400, 4, 3]],
    );
    const [best, one] = contests[0]!.systems;
    assert.ok(best!.inertia <= one!.inertia * 1.001 && best!.inertia > 0);
    assert.ok(duplicates.duplicates > 0 && duplicates.hnsw!.recall > 0.9);
  });
});

describe("bench:dedupe", () => {
  it("finds the duplicates of a corpus both ways, on every database", { timeout: 300_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), "ltd-bench-dedupe-"));
    const corpus = join(folder, "sentences.tsv.gz");
    const lines = Array.from({ length: 300 }, (_, n) => `demo\t第${Math.floor(n / 2)}号糖尿病人能不能吃苹果\n`);
    await writeFile(corpus, gzipSync(`source\tsentence\n${lines.join("")}`));
    const databases = server ? ["--database-url", server] : [];
    const { status, stdout, stderr } = run("dedupe", "--corpus", corpus, "--rows", "300", ...databases, "--json");
    await rm(folder, { recursive: true });
    assert.equal(status, 0, stderr);
    const { systems } = JSON.parse(stdout) as DedupeReport;
    assert.deepEqual(
      systems.map(({ database, method }) => `${database} ${method}`),
      ["embedded exact", "embedded hnsw", ...(server ? ["server exact", "server hnsw"] : [])],
    );
    for (const { rows, duplicates, recall, method } of systems) {
      assert.ok(rows === 300 && duplicates >= 150);
      if (method === "hnsw") assert.ok(recall! > 0.9);
    }
  });
});

describe("bench:extension", () => {
  it("sets an index kept in SQL beside that of the program", { timeout: 300_000 }, () => {
    const { status, stdout, stderr } = run("extension", "--rows", "20", "--questions", "5", "--inserts", "2", "--json");
    assert.equal(status, 0, stderr);
    const { settings, cosine, same, syncSeconds, match, insert, immediateRowsPerSecond } = JSON.parse(
      stdout,
    ) as ExtensionReport;
    assert.deepEqual(settings, { rows: 20, questions: 5, inserts: 2 });
    assert.ok(cosine.worst >= 0.999 && cosine.below === 0, String(cosine.worst));
    assert.deepEqual(same, { decisions: 5, rows: 5 });
    const times = [...Object.values(match), ...Object.values(insert)].flatMap((each) => [each.p50Ms, each.p95Ms]);
    for (const figure of [...Object.values(syncSeconds), ...times, immediateRowsPerSecond])
      assert.ok(Number.isFinite(figure) && figure > 0, stdout);
    const refused = run("extension", "--rows", "many");
    assert.deepEqual([refused.status, refused.stderr], [1, "--rows is many, but must be a whole number from 1\n"]);
  });
});

describe("bench:sync", () => {
  it("measures sync and the student, and ends with one JSON document", { timeout: 300_000 }, () => {
    const { status, stdout, stderr } = run("sync", "--rows", "64", "--rounds", "1", "--json");
    assert.equal(status, 0, stderr);
    const report = JSON.parse(stdout.trimEnd().split("\n").at(-1)!) as SyncReport;
    assert.deepEqual(report.settings, { rows: 64, characters: null, threads: 1, rounds: 1, batchSize: 64 });
    assert.deepEqual(Object.keys(report.speeds), ["sync-embedded", "student", "student-model"]);
    for (const [name, speed] of Object.entries(report.speeds)) {
      const figures = [speed.rowsPerSecond, speed.cpuMsPerRow, speed.peakMiB];
      if (name !== "student-model") figures.push(speed.startSeconds!, speed.question!.p50Ms, speed.question!.p95Ms);
      assert.ok(
        figures.every((figure) => Number.isFinite(figure) && figure > 0),
        `${name}: ${JSON.stringify(speed)}`,
      );
    }
    assert.deepEqual(Object.keys(report.ratios), ["sync-embedded / student"]);
    assert.deepEqual(Object.keys(report.steps), ["sync-embedded"]);
    const { total, preparePeakMiB: _peak, ...steps } = report.steps["sync-embedded"]!;
    const sum = Object.values(steps).reduce((seconds, step) => seconds + step, 0);
    assert.ok(Math.abs(total - sum) < 1e-6, "the steps of a single round add up");
    assert.equal(report.rounds["sync-embedded"]?.length, 1);

    const { shipped } = report;
    const topSum = Object.values(shipped.top).reduce((bytes, each) => bytes + each, 0);
    assert.equal(topSum, shipped.unpacked);
    assert.ok(shipped.models[`models/${report.model.id}/student.onnx`]! > 1e6);
  });

  it("says what is wrong with a setting", () => {
    const { status, stdout, stderr } = run("sync", "--rows", "many");
    assert.deepEqual([status, stdout, stderr], [1, "", "--rows is many, but must be a whole number from 1\n"]);
  });
});

const server = process.env["LTD_TEST_DATABASE_URL"];

describe("bench:sync on a table of many rows", { skip: server ? false : "no PostgreSQL server" }, () => {
  it("measures backfill, student, writers and workers", { timeout: 300_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), "ltd-corpus-"));
    try {
      const corpus = join(folder, "corpus.tsv.gz");
      const lines = Array.from({ length: 300 }, (_, n) => `测试\t第${n}个问题怎么办理\n`);
      await writeFile(corpus, gzipSync(`source\tsentence\n${lines.join("")}`));
      const flags = ["--corpus", corpus, "--workers", "1", "--database-url", server!];
      const { status, stdout, stderr } = run("sync", ...flags, "--rows", "300", "--json");
      assert.equal(status, 0, stderr);
      const report = JSON.parse(stdout.trimEnd().split("\n").at(-1)!) as ScaleReport;
      assert.deepEqual([report.settings.rows, report.backfill.rows, report.workers[0]!.rows], [300, 300, 300]);
      assert.ok(report.backfill.build !== null && report.backfill.memory.length > 0);
      const { byTime, byCpu, rowsPerSecond } = report.share;
      const { mapped, unmapped } = report.writer;
      const ratios = [mapped, unmapped].flatMap(({ floor, called, indexed }) => [floor, called, indexed]);
      for (const figure of [byTime, byCpu, rowsPerSecond, ...ratios, report.idleSeconds.median]) {
        assert.ok(Number.isFinite(figure) && figure > 0, JSON.stringify(report));
      }
      const short = run("sync", ...flags, "--rows", "301");
      assert.match(short.stderr, /has 300 sentences, not 301/);
      assert.match(run("sync", "--corpus", corpus).stderr, /wants a server: --database-url/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("bench:shards", { skip: server ? false : "no PostgreSQL server" }, () => {
  it("sets one index beside the same rows on shards, and finds the same", { timeout: 600_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), "ltd-corpus-"));
    try {
      const corpus = join(folder, "corpus.tsv.gz");
      const lines = Array.from({ length: 60 }, (_, n) => `测试\t第${n}个问题怎么办理\n`);
      await writeFile(corpus, gzipSync(`source\tsentence\n${lines.join("")}`));
      const few = [
        "--rows",
        "60",
        "--shards",
        "2",
        "--questions",
        "5",
        "--callers",
        "2",
        "--seconds",
        "1",
        "--rounds",
        "1",
      ];
      const { status, stdout, stderr } = run("shards", "--corpus", corpus, "--database-url", server!, ...few, "--json");
      assert.equal(status, 0, stderr);
      const { ways, throughput } = JSON.parse(stdout) as ShardsReport;
      assert.deepEqual(
        ways.map(({ way }) => way),
        ["one, library", "shards, library", "one, ltd.match", "shards, ltd.match"],
      );
      for (const { recall, p50Ms, ratio } of ways) assert.ok(recall > 0.9 && p50Ms > 0 && ratio > 0, stdout);
      assert.ok(throughput.library > 0 && throughput.direct > 0 && throughput.callers === 2);
      assert.match(run("shards", "--rows", "0").stderr, /--rows is 0, but must be a whole number from 1/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("bench:ask", { skip: server ? false : "no PostgreSQL server" }, () => {
  /** Every caller asks once. */
  function ask(clients: string, ...flags: string[]): AskReport {
    const once = ["--clients", clients, "--seconds", "0", "--rounds", "1", "--json"];
    const { status, stdout, stderr } = run("ask", ...flags, ...once);
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout.trimEnd().split("\n").at(-1)!) as AskReport;
  }

  it("asks an index in every way, and ends with one JSON document", { timeout: 600_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), "ltd-corpus-"));
    try {
      const corpus = join(folder, "corpus.tsv.gz");
      const lines = Array.from({ length: 200 }, (_, n) => `测试\t第${n}个问题怎么办理\n`);
      await writeFile(corpus, gzipSync(`source\tsentence\n${lines.join("")}`));
      const flags = ["--corpus", corpus, "--database-url", server!, "--rows", "100"];
      const report = ask("2", ...flags);
      assert.deepEqual(report.settings, { rows: [100], clients: [2], seconds: 0, rounds: 1 });
      assert.deepEqual(
        report.speeds.map(({ rows, clients, system }) => [rows, clients, system]),
        ASK_SYSTEMS.map((system) => [100, 2, system]),
      );
      for (const { questionsPerSecond, p50Ms, p99Ms, ofLibrary, system } of report.speeds) {
        assert.ok(questionsPerSecond > 0 && 0 < p50Ms && p50Ms <= p99Ms && ofLibrary! > 0);
        if (system === "library") assert.equal(ofLibrary, 1);
      }
      const { disk, asked } = report.sizes[0]!;
      const { vector, halfvec } = disk.bare;
      assert.ok(halfvec.table < vector.table && halfvec.index < vector.index && disk.local! > 0, JSON.stringify(disk));
      for (const { rounds } of asked) assert.deepEqual([rounds[0]!.questions, rounds[0]!.failed], [2, 0]);
      assert.match(toAskMarkdown(report), /\| library, pgvector \| 100 \| 2 \|/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("asks an index that is there, with its local file", { timeout: 300_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), "ltd-local-"));
    try {
      await withEmptyDatabase(server, async (target) => {
        const { url } = target as { url: string };
        const database = await openDatabase({ url });
        const model = await loadModel();
        await init(database, model);
        await database.script(
          "create table faq (id int primary key, title text); insert into faq select n, '第' || n || '个问题' from generate_series(1, 50) n",
        );
        await add(database, model, { table: "faq", name: "questions", template: "{title}" });
        const index = await openIndex({ index: "questions", database });
        await index.sync();
        await index.close();
        const local = join(folder, "faq.ltd");
        await exportIndex(database, "questions", local);
        await database.close();
        const flags = ["--index", "questions", "--local", local, "--database-url", url];
        const { speeds, sizes, settings } = ask("1", ...flags);
        assert.deepEqual(settings.rows, [50]);
        assert.deepEqual(
          speeds.map(({ rows, system }) => [rows, system]),
          ASK_SYSTEMS.map((system) => [50, system]),
        );
        assert.deepEqual([sizes[0]!.disk.bare.rows, sizes[0]!.prepareSeconds.sync], [50, null]);
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("says what is wrong with a setting", () => {
    assert.equal(run("ask").stderr, "give --database-url, and either --corpus or --index\n");
    assert.match(
      run("ask", "--system", "psql").stderr,
      /^--system is psql, but must be of sql,cli,serve,library,local\n$/,
    );
  });
});

describe("bench:speed", () => {
  const shape = "2x64x4x128";

  it("measures a student and an encoder that it builds, and ends with one JSON document", { timeout: 300_000 }, () => {
    const flags = ["--texts", "6", "--rounds", "2", "--seconds", "0", "--shape", shape, "--batch", "4"];
    const { status, stdout, stderr } = run("speed", ...flags, "--threads", "1", "--threads", "2", "--json");
    assert.equal(status, 0, stderr);
    const report = JSON.parse(stdout.trimEnd().split("\n").at(-1)!) as SpeedReport;
    assert.deepEqual(report.settings, { texts: 6, threads: [1, 2], batch: [4], rounds: 2, seconds: 0 });
    const lines = [1, 2].flatMap((threads) =>
      ["questions", "titles"].flatMap((texts) =>
        ["ltd-zh-2", shape].flatMap((system) =>
          [true, false].map((segmentation) => ({ system, texts, threads, batch: 4, segmentation })),
        ),
      ),
    );
    assert.deepEqual(
      report.rows.map(({ system, texts, threads, batch, segmentation }) => {
        return { system, texts, threads, batch, segmentation };
      }),
      lines,
    );
    for (const row of report.rows) {
      const figures = [row.textsPerSecond, row.msPerText, row.cpuMsPerText, row.bytes, row.peakMemory];
      assert.ok(
        figures.every((figure) => Number.isFinite(figure) && figure > 0),
        JSON.stringify(row),
      );
    }
    const student = report.rows.filter((row) => row.system === "ltd-zh-2");
    assert.equal(report.ratios.length, student.length);
    for (const [at, { min, median, max, byCpu, ...ratio }] of report.ratios.entries()) {
      assert.deepEqual(
        [ratio.student, ratio.system, ratio.texts, ratio.threads, ratio.batch, ratio.segmentation],
        ["ltd-zh-2", shape, student[at]!.texts, student[at]!.threads, student[at]!.batch, student[at]!.segmentation],
      );
      assert.ok(0 < min && min <= median && median <= max && byCpu > 0);
    }
    assert.equal(report.profiles.length, 1);
    for (const [step, { seconds, cpuSeconds }] of Object.entries(report.profiles[0]!.steps)) {
      assert.ok(seconds > 0 && cpuSeconds > 0, step);
    }
  });

  it("prints tables, or the profile alone", { timeout: 300_000 }, () => {
    const flags = ["--texts", "4", "--rounds", "1", "--seconds", "0", "--threads", "1", "--batch", "2"];
    const whole = run("speed", ...flags, "--shape", shape);
    assert.match(whole.stdout, /\| ltd-zh-2 \/ 2x64x4x128 \| titles \| 1 \| 2 \|/, whole.stderr);
    const profile = run("speed", ...flags, "--profile");
    assert.match(profile.stdout, /\| segment \| [\d,.]+ \| [\d,.]+ \|/, profile.stderr);
    assert.doesNotMatch(profile.stdout, /titles \|/);
  });

  it("says what is wrong with a setting", () => {
    const says =
      "--shape is 2x65x4x128, but must be bert-base, distilbert, tinybert or LAYERSxHIDDENxHEADSxFEEDFORWARD";
    for (const [flags, message] of [
      [["--threads", "none"], "--threads is none, but must be a whole number from 1"],
      [["--teacher-int8"], "--teacher-int8 needs --teacher: the folder that it is made from"],
      [["--shape", "2x65x4x128"], `${says}, HIDDEN a multiple of HEADS`],
    ] as const) {
      const { status, stdout, stderr } = run("speed", ...flags);
      assert.deepEqual([status, stdout, stderr], [1, "", `${message}\n`]);
    }
  });
});

describe("an encoder in a BERT's shape", () => {
  it("is a graph that ONNX Runtime computes, blind to padding", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ltd-bert-"));
    try {
      for (const tokenTypes of [true, false]) {
        const at = join(folder, String(tokenTypes));
        const shape = { layers: 2, hidden: 64, heads: 4, feedForward: 128, ...(!tokenTypes && { tokenTypes }) };
        await writeBert(at, shape, 7);
        const bert = await openBert(at, 1, 2);
        const texts = ["怎么退款", "如何申请退货退款？", "Covid19 怎么"];
        const together = await bert.embedInputs(texts.map((text) => bert.encode(text)));
        assert.deepEqual([together.rows, together.dims], [3, 64]);
        for (const [row, text] of texts.entries()) {
          const alone = (await bert.embedInputs([bert.encode(text)])).data;
          const apart = Math.max(...alone.map((value, i) => Math.abs(value - together.data[row * 64 + i]!)));
          assert.ok(apart < 1e-5, `${text}: ${apart}`);
        }
        await bert.close();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("has the tokens of bert-base-chinese by number", () => {
    const { model } = tokenizer();
    assert.equal(Object.keys(model.vocab).length, VOCABULARY);
    const ids = createWordPiece(tokenizer())("高血压covid-19？");
    const { "[CLS]": first, "[SEP]": last, "[UNK]": unknown } = model.vocab;
    assert.deepEqual(ids, [
      first,
      ...["高", "血", "压"].map((c) => model.vocab[c]),
      unknown,
      model.vocab["-"],
      unknown,
      model.vocab["？"],
      last,
    ]);
  });
});

describe("the teacher's tokenizer", () => {
  const vocabulary = ["[UNK]", "[CLS]", "[SEP]", "高", "血", "压", "covid", "##19", "##1", "-", "？", "cafe"];
  const tokenizer = (lowercase: boolean) =>
    createWordPiece({
      normalizer: { type: "BertNormalizer", lowercase, strip_accents: null },
      pre_tokenizer: { type: "BertPreTokenizer" },
      model: {
        unk_token: "[UNK]",
        continuing_subword_prefix: "##",
        max_input_chars_per_word: 100,
        vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
      },
    });

  // As the tokenizers library has them.
  const cases: [text: string, tokens: string][] = [
    ["", "[CLS] [SEP]"],
    ["高血压？", "[CLS] 高 血 压 ？ [SEP]"],
    ["Covid19高 covid-压", "[CLS] covid ##19 高 covid - 压 [SEP]"],
    ["covid1\u200b9", "[CLS] covid ##19 [SEP]"],
    ["covidx 疫", "[CLS] [UNK] [UNK] [SEP]"],
    ["Café", "[CLS] cafe [SEP]"],
  ];
  for (const [text, tokens] of cases) {
    it(`${JSON.stringify(text)} is ${tokens}`, () => {
      const ids = tokenizer(true)(text);
      assert.equal(ids.map((id) => vocabulary[id]).join(" "), tokens);
    });
  }

  it("leaves capitals as they are where tokenizer.json says so", () => {
    assert.deepEqual(tokenizer(false)("Covid covid"), [1, 0, 6, 2]);
  });
});

describe("bench:robustness", () => {
  it("measures two packages side by side, and ends with one JSON document", { timeout: 300_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), "ltd-bench-"));
    try {
      const pairs = join(folder, "pairs.tsv");
      const rows = ["怎么退款\t如何申请退款\t1", "在吗\t忘记密码怎么办\t0", "密码忘了\t忘记密码怎么办\t1"];
      await writeFile(pairs, `a\tb\tlabel\n${rows.join("\n")}\n`);
      const models = ["--model", "ltd-zh-2", "--model", "again=ltd-zh-2"];
      const page = join(folder, "page.md");
      await writeFile(page, "before\n\n<!-- measured -->\nof old\n<!-- end -->\n\nafter\n");
      const { status, stdout, stderr } = run(
        "robustness",
        ...models,
        "--questions",
        "20",
        "--long-texts",
        "2",
        "--pairs",
        pairs,
        "--write",
        page,
        "--json",
      );
      assert.equal(status, 0, stderr);
      const report = JSON.parse(stdout.trimEnd().split("\n").at(-1)!) as RobustnessReport;
      assert.deepEqual(
        report.sets.map(({ name, questions }) => [name, questions]),
        [
          ["medical FAQ", 20],
          ["pairs", 2],
        ],
      );
      const { drifts, lengths, window } = report.systems["ltd-zh-2"]!;
      assert.deepEqual(report.systems["again"]!.drifts, drifts, "the same package and seed, the same table");
      for (const { change, drift } of drifts) {
        // where hardly a text moves, the quantile is 1, and above the mean of those that do
        if (drift) assert.ok(drift.low < drift.mean + 1e-6 || drift.low > 1 - 1e-6, change);
        if (drift) assert.ok(drift.mean < 1 + 1e-6 && drift.same <= 1, change);
      }
      const cosine = (change: string) => drifts.find((row) => row.change === change)!.drift!.mean;
      assert.ok(cosine("letters, digits and marks full width") > 0.999999, "NFKC undoes it");
      assert.ok(cosine("dropped") < 0.9999 && cosine("dropped") > cosine("another question"), "a typo is a typo");
      const own = drifts.find((row) => row.set === "medical FAQ" && row.change === "last mark left out")!;
      assert.ok(own.drift!.same > 0.9, "a title without its mark finds itself");
      assert.equal(drifts.filter(({ change }) => change === "another wording").length, 1, "of the pairs only");
      const cut = lengths.filter(({ characters }) => characters >= window!);
      const written = await readFile(page, "utf8");
      assert.match(
        written,
        /^before\n\n<!-- measured -->\n\nSets: [^]*\n\| typos, 1 in 10: dropped \| [^]*\n\n<!-- end -->\n\nafter\n$/,
      );
      assert.doesNotMatch(written, /of old/);
      assert.ok(cut.length > 2 && cut.every(({ beginning }) => beginning.low > 0.999999), "the rest is not read");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("says what is wrong with a setting", () => {
    for (const [args, error] of [
      [
        ["--write", import.meta.filename],
        `${import.meta.filename} has no line <!-- measured --> with a line <!-- end --> after it\n`,
      ],
      [["--seed", "none"], "--seed is none, but must be a whole number from 1\n"],
      [
        ["--model", "ltd-zh-2", "--model", "ltd-zh-2"],
        "two systems are called ltd-zh-2: give one a name, --model NAME=DIR\n",
      ],
    ] as const) {
      const { status, stdout, stderr } = run("robustness", ...args);
      assert.deepEqual([status, stdout, stderr], [1, "", error]);
    }
  });
});

describe("bench:ann", () => {
  it("measures exact search and HNSW on the demo's titles, and writes its tables", { timeout: 300_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), "ltd-bench-ann-"));
    try {
      const page = join(folder, "page.md");
      await writeFile(page, "before\n\n<!-- measured -->\n\nof old\n\n<!-- end -->\n");
      const flags = [
        "--rows",
        "1200",
        "--questions",
        "30",
        "--m",
        "8",
        "--ef-construction",
        "60",
        "--ef-search",
        "400",
      ];
      const { status, stdout, stderr } = run("ann", ...flags, "--threads", "1", "--write", page, "--json");
      assert.equal(status, 0, stderr);
      const { settings, sizes, efs, file } = JSON.parse(stdout.trimEnd().split("\n").at(-1)!) as SearchReport;
      assert.deepEqual(
        [settings.rows, settings.questions, settings.m, settings.efConstruction, settings.efSearch],
        [1200, 30, 8, 60, 400],
      );
      assert.deepEqual(
        sizes.map(({ rows }) => rows),
        [1000, 1200],
      );
      for (const { exactMs, exactTogetherMs, hnswMs, buildSeconds, recall } of sizes) {
        assert.ok([exactMs, exactTogetherMs, hnswMs, buildSeconds].every((figure) => figure > 0));
        assert.ok(recall >= 0.99 && recall <= 1, `a third of all rows are candidates: ${recall}`);
      }
      assert.ok(efs[0]!.recall < efs.at(-1)!.recall, JSON.stringify(efs));
      assert.equal(file.vectorBytes, 1200 * 512 * 4);
      assert.ok(file.graphBytes > file.vectorBytes && file.loadSeconds > 0);
      const written = await readFile(page, "utf8");
      assert.match(written, /\n\| `--ef-search` \| recall@10 \|[^]*\n\| 1,200 \| [^]*\n\n<!-- end -->\n$/);
      assert.doesNotMatch(written, /of old/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("says what is wrong with a setting", () => {
    for (const [args, error] of [
      [["--rows", "few"], "--rows is few, but must be a whole number from 1\n"],
      [["--rows", "90000"], "the demo has 5863 different texts, not 91102\n"],
    ] as const) {
      const { status, stdout, stderr } = run("ann", ...args);
      assert.deepEqual([status, stdout, stderr], [1, "", error]);
    }
  });
});

describe("changed texts", () => {
  const changes = changesFor(["头发干枯怎么办", "高血压能吃什么"]);
  const changed = (name: string, text: string, seed = 1) =>
    changes.find((change) => change.name === name)!.apply(text, new Random(seed));

  // What is typed is a text like any other: nothing is lost but what the change says.
  const cases: [change: string, text: string, expected: string][] = [
    ["traditional, Taiwan", "头发干枯怎么办", "頭髮乾枯怎麼辦"],
    ["traditional, Taiwan, and its words", "打印机", "印表機"],
    ["letters, digits and marks full width", "iPhone 15?", "ｉＰｈｏｎｅ １５？"],
    ["Chinese marks half width", "好吗？好。", "好吗?好."],
    ["blanks around", "买iPhone15好", "买 iPhone 15 好"],
    ["blanks inside", "买5G卡", "买5G卡"],
    ["digits as numerals", "2型", "二型"],
    ["last mark left out", "好吗？！", "好吗"],
    ["between all characters", "好吗😊", "好 吗 😊"],
    ["doubled", "好", "好好"],
    ["dropped", "好", "好"],
    ["swapped with the next", "好", "好"],
  ];
  for (const [change, text, expected] of cases) {
    it(`${text}: ${change} is ${expected}`, () => assert.equal(changed(change, text), expected));
  }

  it("slips one character in ten, the same for the same seed", () => {
    const text = "头发干枯怎么办头发干枯怎么办头发干枯怎么办";
    for (const change of ["any other character", "a character of similar sound"]) {
      const slipped = Array.from(changed(change, text, 7));
      assert.equal(slipped.filter((character, at) => character !== text[at]).length, 2, change);
      assert.equal(slipped.join(""), changed(change, text, 7));
    }
    assert.equal(changed("dropped", text).length, text.length - 2);
    assert.equal(changed("doubled", text).length, text.length + 2);
    assert.deepEqual(Array.from(changed("swapped with the next", text)).toSorted(), Array.from(text).toSorted());
  });
});
