import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { writeBert } from "../../bench/speed/shapes/bert.ts";
import { runCli } from "../support/cli.ts";

const repository = join(import.meta.dirname, "../..");
const python = process.env["LTD_PYTHON"];
const skip = python ? false : "no LTD_PYTHON: set it to a Python with distill/requirements.txt";
if (skip && process.env["CI"]) throw new Error(`${skip}; in CI the steps of distill/ must run`);

const titles = gunzipSync(readFileSync(join(repository, "demo/medical-faq.jsonl.gz")))
  .toString("utf8")
  .trim()
  .split("\n")
  .slice(0, 600)
  .map((line) => (JSON.parse(line) as { title: string }).title);

/** Every step of distill/README.md in its order, small: 600 sentences, a stand-in teacher, a student of 32 dimensions. */
describe("distill", { skip }, () => {
  let folder: string;
  const at = (name: string) => join(folder, name);
  /** Runs a Python step in the folder; `more` are arguments with spaces in them. */
  const step = (command: string, ...more: string[]) => {
    const [script = "", ...args] = [...command.split(/\s+/), ...more];
    const done = spawnSync(python!, [join(repository, "distill", script), ...args], { cwd: folder, encoding: "utf8" });
    assert.equal(done.status, 0, `${command}\n${done.stdout}\n${done.stderr}`);
    return done.stdout;
  };
  /** How a step that needs the verbs runs them. */
  const encodedHere = ["--ltd-index", `${process.execPath} ${join(repository, "src/cli/main.ts")}`];
  /** Runs a verb; `@` is the folder. */
  const ltd = (command: string) => runCli(command.replaceAll("@", folder).split(/\s+/));
  const json = async <T>(command: string): Promise<T> => {
    const { code, stdout, stderr } = await ltd(`${command} --json`);
    assert.equal(code, 0, stderr || stdout);
    return JSON.parse(stdout) as T;
  };

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "ltd-distill-"));
    const rows = titles.map((title, row) => `${row % 2 ? "a" : "b"}\t${title}\n`);
    writeFileSync(at("corpus.tsv"), `source\tsentence\n${rows.join("")}`);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("samples sentences, the same ones in any order of the corpus", () => {
    step("sample.py --corpus corpus.tsv --out sentences.txt --cap 200 --cap-of b=250");
    const drawn = readFileSync(at("sentences.txt"), "utf8");
    assert.ok(drawn.split("\n").length > 400);
    const [header, ...rows] = readFileSync(at("corpus.tsv"), "utf8").trim().split("\n");
    writeFileSync(at("reversed.tsv"), `${[header, ...rows.toReversed()].join("\n")}\n`);
    step("sample.py --corpus reversed.tsv --out again.txt --cap 200 --cap-of b=250");
    assert.equal(readFileSync(at("again.txt"), "utf8"), drawn);
  });

  it("writes tables and inputs", async () => {
    writeFileSync(at("lower.txt"), `${readFileSync(at("sentences.txt"), "utf8").toLowerCase()}b超\n`);
    step("stand_in_teacher.py --texts lower.txt --out teacher");
    assert.match(step("pieces.py --teacher teacher --out pieces.txt"), /^[1-9]\d* pieces/);
    const tables = await json<{ documents: number; chars: number; words: number }>(
      "distill-data tables --corpus @/corpus.tsv --out @/tables --min-df 3 --max-chars 64 --pieces @/pieces.txt",
    );
    assert.ok(tables.documents >= 590 && tables.chars > 50 && tables.words > 50, JSON.stringify(tables));
    const words = readFileSync(at("tables/words.tsv"), "utf8")
      .split("\n")
      .slice(0, tables.words - 2);
    writeFileSync(at("words.txt"), words.map((line) => `${line.split("\t")[0]}\n`).join(""));
    for (const name of ["sentences", "words"]) {
      await json(`distill-data inputs --tables @/tables --texts @/${name}.txt --out @/inputs-${name}`);
    }
  });

  it("makes teacher vectors, in parts and again", () => {
    step("teacher.py --teacher teacher --texts inputs-sentences/normalized.txt --out sentences.npy");
    step("teacher.py --teacher teacher --texts words.txt --out words.npy");
    step("teacher.py --teacher teacher --texts tables/chars.txt --out chars.npy");
    for (const part of ["0/2", "1/2", "0/1"]) {
      step(`teacher.py --teacher teacher --texts inputs-sentences/normalized.txt --out parts.npy --part ${part}`);
    }
    assert.deepEqual(readFileSync(at("parts.npy")), readFileSync(at("sentences.npy")));
    assert.match(step("quantize_teacher.py --teacher teacher --out teacher-int8"), /model\.onnx: [\d.]+ MB/);
    step("teacher.py --teacher teacher-int8 --texts inputs-sentences/normalized.txt --out integers.npy");
  });

  it("reads a capital as the small letter where the teacher knows no capitals", () => {
    writeFileSync(at("capitals.txt"), "B超检查\nb超检查\n𠮷超检查\n");
    assert.match(step("teacher.py --teacher teacher --texts capitals.txt --out capitals.npy"), /lower-cased here/);
    const vectors = readFileSync(at("capitals.npy")).subarray(-3 * 32 * 2);
    const [upper, lower, unknown] = [0, 1, 2].map((row) => vectors.subarray(row * 64, (row + 1) * 64));
    assert.deepEqual(upper, lower);
    assert.notDeepEqual(upper, unknown);
  });

  it("gives the teacher full-width marks beside Chinese characters, and leaves those between Latin words", () => {
    writeFileSync(at("marks.txt"), "超检查,b超(检)?\n超检查，b超（检）？\nb, b?\nb， b？\n");
    step("stand_in_teacher.py --texts marks.txt --out marks");
    const [plain, wide] = ["plain.npy", "wide.npy --full-width-marks"].map((out) => {
      step(`teacher.py --teacher marks --texts marks.txt --out ${out}`);
      const vectors = readFileSync(at(out.split(" ")[0]!)).subarray(-4 * 32 * 2);
      return [0, 1, 2, 3].map((row) => vectors.subarray(row * 64, (row + 1) * 64));
    });
    assert.notDeepEqual(plain![0], plain![1]);
    assert.deepEqual(wide, [plain![1], plain![1], plain![2], plain![3]]);
  });

  it("gives the same vectors in bfloat16, where the teacher is a BERT", async () => {
    await writeBert(at("bert"), { layers: 2, hidden: 128, heads: 2, feedForward: 256 }, 7, 0.15);
    copyFileSync(at("teacher/tokenizer.json"), at("bert/tokenizer.json"));
    const [plain, fast] = ["float32.npy", "bfloat16.npy --bfloat16"].map((out) => {
      step(`teacher.py --teacher bert --texts inputs-sentences/normalized.txt --out ${out}`);
      const bytes = readFileSync(at(out.split(" ")[0]!)).subarray(128);
      return new Float16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    });
    assert.ok(plain!.length >= 400 * 128 && fast!.length === plain!.length);
    const cosines = [];
    for (let row = 0; row < plain!.length; row += 128) {
      cosines.push(plain!.subarray(row, row + 128).reduce((sum, value, i) => sum + value * fast![row + i]!, 0));
    }
    assert.ok(Math.min(...cosines) > 0.999, `${Math.min(...cosines)}`);
    const other = plain!.subarray(0, 128).reduce((sum, value, i) => sum + value * plain![128 + i]!, 0);
    assert.ok(other < 0.99, `two texts have ${other}`);
  });

  it("makes further texts, none of them twice and none that is banned", () => {
    const make = "augment.py --corpus corpus.tsv --windows 20 --utterances 20 --spans 0 --digits 5";
    step(`${make} --out made.txt`);
    const made = readFileSync(at("made.txt"), "utf8").trimEnd().split("\n");
    assert.ok(made.length > 30 && new Set(made).size === made.length, `${made.length} texts`);
    assert.ok(made.some((text) => Array.from(text).length > 48));
    writeFileSync(at("banned.txt"), made.slice(0, 10).join("\n"));
    step(`${make} --without banned.txt --out fewer.txt`);
    const fewer = readFileSync(at("fewer.txt"), "utf8").split("\n");
    assert.ok(fewer.length > 20 && made.slice(0, 10).every((text) => !fewer.includes(text)));
  });

  it("spoils texts, for the vectors of the clean ones", () => {
    step("noise.py --texts inputs-sentences/normalized.txt --teacher sentences.npy --out noisy --rows 100");
    const noisy = readFileSync(at("noisy.txt"), "utf8").trimEnd().split("\n");
    const clean = new Set(readFileSync(at("inputs-sentences/normalized.txt"), "utf8").split("\n"));
    assert.equal(noisy.length, 100);
    assert.ok(noisy.every((text) => !clean.has(text)));
    assert.equal(readFileSync(at("noisy.teacher.npy")).length % (100 * 32 * 2), 128 % (100 * 32 * 2));
  });

  it("trains, stops, and goes on where it was", { timeout: 300_000 }, () => {
    const train = `train.py --tables tables --out run --log-steps 10 --average 0.9 --hidden 16 --char-width 16 --word-width 8
      --batch 16 --validation 40 --topics 4 --data inputs-sentences:sentences.npy --data inputs-words:words.npy`;
    step(`${train} --epochs 4 --init-chars chars.npy --init-words words.npy`);
    const log = step(`${train} --epochs 12 --resume`);
    step(
      `${train.replace("--out run", "--out wider").replace("--hidden 16", "--hidden 16 --head 8")} --epochs 1 --start run/checkpoint.pt`,
    );
    assert.match(log, /goes on at step \d+/);
    const cosines = [...log.matchAll(/validation cosine ([\d.]+)/g)].map((found) => Number(found[1]));
    assert.ok(cosines.at(-1)! > 0.5, `it learns something: ${cosines.join(" ")}`);
  });

  it("exports, packs, and gives the vectors of PyTorch from text", async () => {
    const cosines = step("export.py --checkpoint run/checkpoint.pt --out model --reference inputs-sentences");
    assert.equal([...cosines.matchAll(/at worst 0\.99[5-9]/g)].length, 2, cosines);
    const exact = step("export.py --checkpoint run/checkpoint.pt --out exact --float32 --reference inputs-sentences");
    assert.equal([...exact.matchAll(/at worst (1\.0000|0\.9999[5-9])/g)].length, 2, exact);
    const about = JSON.parse(readFileSync(join(repository, "distill/ltd-zh-2.json"), "utf8")) as object;
    writeFileSync(at("about.json"), JSON.stringify({ ...about, id: "tiny", dims: 32 }));
    const packed = await json<{ id: string }>(
      "distill-data package --tables @/tables --graph @/model/student.onnx --about @/about.json --out @/tiny",
    );
    assert.equal(packed.id, "tiny");
    const check = "distill-data parity --model @/tiny --texts @/sentences.txt --reference @/model --least 0.995";
    const parity = await json<{
      rows: number;
      worst: number;
      worstAlone: number;
      worstReordered: number;
      worstEngine: number;
    }>(check);
    assert.ok(parity.rows > 400);
    assert.ok(Math.min(parity.worstAlone, parity.worstReordered) > 0.99999, JSON.stringify(parity));
    assert.ok(parity.worstEngine > 0.9999, JSON.stringify(parity));
    assert.ok(parity.worst > 0.995, JSON.stringify(parity));
    assert.equal((await ltd(check.replace("0.995", "1.1"))).code, 3, "a check that finds something");
    step("unpack.py --package tiny --out unpacked");
    step("export.py --checkpoint unpacked/checkpoint.pt --out unpacked --reference inputs-sentences");
    assert.equal(
      (await ltd(check.replace("@/model --least", "@/unpacked --least"))).code,
      0,
      "the package's own numbers",
    );
  });

  it("scores packages beside the teacher and the controls, with intervals and thresholds", { timeout: 600_000 }, () => {
    writeEvaluationSets(at("eval"));
    const args = [
      "--eval",
      "eval",
      "--teacher",
      "teacher",
      "--model",
      "tiny",
      "--model",
      "again=tiny",
      "--work",
      "quality",
    ];
    const bench = join(repository, "bench/quality/run.ts");
    const run = () =>
      spawnSync(process.execPath, [bench, ...args, "--python", python!, "--samples", "40"], {
        cwd: folder,
        encoding: "utf8",
      });
    const { status, stdout, stderr } = run();
    assert.equal(status, 0, stderr);
    assert.match(
      stdout,
      /\| set \| n \| char-IDF \| bigram BM25 \| tiny \| again \| teacher \| tiny - teacher \| again - teacher \|/,
    );
    const quality = readJson<Quality>(at("quality/quality.json"));
    const faq = quality.rows["diac2019_law R@1"]!;
    assert.ok(faq.systems["bigram BM25"]!.score > 50);
    assert.deepEqual(faq.systems["tiny"], faq.systems["again"], "the same package twice");
    const { score, low, high, difference } = quality.rows["lcqmc.dev"]!.systems["tiny"]!;
    assert.ok(low <= score && score <= high && low < high, "the score stands in its interval");
    assert.ok(Math.abs(difference!.score - (score - quality.rows["lcqmc.dev"]!.systems["teacher"]!.score)) < 0.02);
    const kept = Object.entries(quality.rows)
      .filter(([row, { wider }]) => !wider && row !== "pawsx_zh.dev")
      .map(([, { systems }]) => systems["tiny"]!.score / systems["teacher"]!.score);
    assert.equal(kept.length, 11);
    const mean = (100 * kept.reduce((sum, each) => sum + each)) / kept.length;
    assert.ok(Math.abs(quality.kept["tiny"]!.score - mean) < 0.02, "kept is the mean of the issue's rows but PAWS-X");
    assert.ok(quality.rows["smp2020_ewect accuracy"]!.standsInCorpus && !faq.standsInCorpus);
    const { thresholds } = quality.models["tiny"]!.thresholds;
    assert.ok(thresholds.suggest <= thresholds.answer && thresholds.answer <= 1);

    const missing = spawnSync(process.execPath, [bench, "--eval", "nowhere", "--python", python!], {
      cwd: folder,
      encoding: "utf8",
    });
    assert.deepEqual([missing.status, missing.stdout], [1, ""]);
    assert.match(missing.stderr, /a step ended with 1: .*evaluate\.py texts --eval nowhere/);
  });

  it("writes the model card and its scores from what was measured, and from nothing else", async () => {
    const words = readFileSync(join(repository, "distill/ltd-zh-2.md"), "utf8");
    writeFileSync(at("about.md"), words);
    const card = "card.py --about about.json --package tiny --quality quality/quality.json --log run/train.log";
    writeFileSync(at("readme.md"), "a\n<!-- quality -->\n\nold\n\n<!-- end -->\nb\n");
    step(`${card} --system tiny --readme readme.md`);
    const written = readFileSync(at("tiny/README.md"), "utf8");
    assert.doesNotMatch(written, /\{\{/);
    assert.match(
      readFileSync(at("readme.md"), "utf8"),
      /^a\n<!-- quality -->\n\n[^]* `tiny`, [^]*\| LCQMC, Spearman \|[^]*\n\n<!-- end -->\nb\n$/,
    );
    assert.match(written, /^# tiny\n/);
    const quality = readJson<Quality>(at("quality/quality.json"));
    const { score, low, high } = quality.rows["bq.dev"]!.systems["tiny"]!;
    const cell = [score, low, high].map((each) => each.toFixed(1).replace("-", "−"));
    assert.ok(written.includes(`| ${cell[0]} [${cell[1]}, ${cell[2]}] |`), written);
    assert.ok(written.includes("\n| jieba dictionary (fxsjy/jieba, with nodejieba) | MIT |"));
    assert.ok(!written.includes("## Speed"), "what was not measured is not there");

    const speed =
      "--model tiny --shape 1x32x2x64 --texts 64 --threads 1 --batch 64 --rounds 1 --seconds 0 --json".split(" ");
    const { stdout } = spawnSync(process.execPath, [join(repository, "bench/speed/run.ts"), ...speed], {
      cwd: folder,
      encoding: "utf8",
    });
    writeFileSync(at("speed.json"), `talk before\n${stdout}`);
    step(`${card} --system tiny --speed speed.json`);
    const rows = readFileSync(at("tiny/README.md"), "utf8").split("## Speed")[1]!;
    assert.match(
      rows,
      /\| tiny is \|\n.*\n\| tiny \| 64 \| [\d,]+ \|.* \|  \|\n\| 1x32x2x64 \| 64 \| .* \| [\d.]+ x \([\d.]+ x\) \|\n/,
    );

    const about = readJson<{ scores: Record<string, Record<string, number | null>>; thresholds: object }>(
      at("about.json"),
    );
    assert.equal(about.scores["bq.dev"]!["student"], score);
    assert.equal(about.scores["bq.dev"]!["bigram BM25"], null);
    assert.equal(about.scores["kept, mean %"]!["student"], quality.kept["tiny"]!.score);
    const pack =
      "distill-data package --tables @/tables --graph @/model/student.onnx --about @/about.json --out @/tiny";
    const packed = await json<{ scores: object; thresholds: object }>(pack);
    assert.deepEqual([packed.scores, packed.thresholds], [about.scores, about.thresholds]);

    writeFileSync(at("about.md"), `${words}{{speling}}`);
    const wrong = spawnSync(
      python!,
      [join(repository, "distill/card.py"), ...card.split(" ").slice(1), "--system", "tiny"],
      {
        cwd: folder,
        encoding: "utf8",
      },
    );
    assert.match(wrong.stderr, /^nothing is known as speling; known are id, /);
  });

  it("tunes the whole student for pairs and for classes", { timeout: 300_000 }, async () => {
    const isOf = (row: number) => Number(titles[row]!.includes("高血压"));
    const table = (name: string, rows: (string | number)[][]) =>
      writeFileSync(at(name), `header\n${rows.map((row) => `${row.join("\t")}\n`).join("")}`);
    table(
      "pairs.tsv",
      titles.map((title, row) => [
        title,
        titles[(row * 7 + 3) % 600]!,
        Number(isOf(row) === isOf((row * 7 + 3) % 600)),
      ]),
    );
    table(
      "classes.tsv",
      titles.map((title, row) => [title, ["other", "pressure"][isOf(row)]!]),
    );
    writeFileSync(at("without.txt"), `${titles[0]}\n`);
    const tune = (kind: string) => {
      const log = step(
        `tune.py --checkpoint run/checkpoint.pt --tables tables --${kind} ${kind}.tsv --out tuned-${kind} --lr 5e-3
         --without without.txt --batch 32`,
        ...encodedHere,
      );
      const { rows, held, before, after } = JSON.parse(log.trim().split("\n").at(-1)!) as Record<string, number>;
      assert.ok(rows! + held! < 600 && rows! + held! > 500, log);
      assert.ok(after! > before!, `tuning solves more of the rows held out: ${log}`);
    };
    tune("classes");
    assert.ok(readFileSync(at("tuned-classes/head.npz")).length > 0);
    tune("pairs");
    step(
      "export.py --checkpoint tuned-pairs/checkpoint.pt --out tuned-pairs/model --float32 --reference inputs-sentences",
    );
    await json(
      "distill-data package --tables @/tables --graph @/tuned-pairs/model/student.onnx --about @/about.json --out @/tuned",
    );
    const parity = "distill-data parity --texts @/sentences.txt --reference @/tuned-pairs/model --model";
    assert.ok((await json<{ worst: number }>(`${parity} @/tuned`)).worst > 0.9999);
    assert.equal((await ltd(`${parity} @/tiny`)).code, 3, "it is another student");
  });

  it(
    "compares the student, its teacher and networks of its shape, and does only the cells that are missing",
    { timeout: 300_000 },
    () => {
      const compare = (run: string) =>
        step(
          `compare.py --eval eval --checkpoint ${run}/checkpoint.pt --tables tables --teacher teacher --out compare
         --known sentences.txt:sentences.npy --labels 30 --all 90 --dev 40 --seeds 2`,
          ...encodedHere,
        );
      const first = compare("run");
      for (const system of ["scratch", "distilled", "student head", "student tuned", "teacher head", "teacher tuned"]) {
        assert.equal(first.match(new RegExp(`\\| ${system} \\| \\d`, "g"))?.length, 3, `${system}\n${first}`);
      }
      const done = compare("tuned-pairs").matchAll(/^\w+\/([a-z ]+)\//gm);
      assert.deepEqual(
        [...new Set([...done].map(([, system]) => system))].toSorted(),
        ["student cosine", "student head", "student tuned"],
        "another checkpoint needs the cells of the student alone",
      );
    },
  );
});

interface Estimate {
  score: number;
  low: number;
  high: number;
}

/** What is read here of quality.json. */
interface Quality {
  rows: Record<
    string,
    { wider: boolean; standsInCorpus: boolean; systems: Record<string, Estimate & { difference?: Estimate }> }
  >;
  kept: Record<string, Estimate>;
  models: Record<string, { thresholds: { thresholds: { answer: number; suggest: number } } }>;
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, "utf8")) as T;
}

/** Files of the shape of the development sets, made of the demo's titles: a sentence and a longer wording of it mean the same. */
function writeEvaluationSets(folder: string): void {
  for (const part of ["pairs", "cls", "faq", "intent"]) mkdirSync(join(folder, part), { recursive: true });
  const other = (row: number) => titles[(row * 7 + 3) % titles.length]!;
  const tsv = (name: string, header: string, rows: string[][]) =>
    writeFileSync(join(folder, name), `${[header, ...rows.map((row) => row.join("\t"))].join("\n")}\n`);
  const pairs = titles
    .slice(0, 120)
    .map((title, row) => (row % 2 ? [title, `请问${title}`, "1"] : [title, other(row), "0"]));
  for (const name of ["afqmc.dev", "atec.train", "bq.dev", "lcqmc.dev", "oppo.dev", "pawsx_zh.dev", "stsb_zh.dev"]) {
    tsv(`pairs/${name}.tsv`, "sentence1\tsentence2\tlabel", pairs);
  }
  const classified = titles.map((title) => [title, title.includes("高血压") ? "1" : "0"]);
  for (const name of ["thucnews10", "smp2020_ewect"]) {
    for (const part of ["train", "dev"]) tsv(`cls/${name}.${part}.tsv`, "text\tlabel", classified);
  }
  for (const part of ["train", "test"]) tsv(`cls/fewclue_tnews.${part}.tsv`, "text\tlabel", classified.slice(0, 200));
  tsv("intent/smp2019.train.tsv", "text\tdomain", classified.slice(0, 200));
  const jsonl = (name: string, rows: object[]) =>
    writeFileSync(join(folder, "faq", name), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  jsonl(
    "diac2019_law.groups.jsonl",
    titles
      .slice(0, 80)
      .map((title, row) => ({ id: row, equivalent: [title, `请问${title}`], not_equivalent: [other(row + 300)] })),
  );
  jsonl(
    "covid.jsonl",
    titles.slice(80, 100).map((title) => ({ questions: [title, `想问${title}`], answer: "" })),
  );
  jsonl(
    "chatterbot.jsonl",
    titles.slice(100, 160).map((title) => ({ question: title, answer: "" })),
  );
  jsonl(
    "medical_toyhom.jsonl",
    titles.slice(200, 300).map((title) => ({ title, question: `医生您好，${title}谢谢` })),
  );
}
