import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { inspect } from "node:util";
import * as ltd from "../src/index.ts";
import * as kysely from "../src/kysely.ts";
import * as pg from "../src/pg.ts";
import { describeEmbedded } from "./support/databases.ts";

type Call = (...args: unknown[]) => unknown;

/** What callers without a compiler pass for something else. */
const wrong = [undefined, null, Number.NaN, 123, -1, "", true, Symbol.iterator, [], {}, [null]];

/** Whether options may be this. */
function isRightForAll(value: unknown): boolean {
  return value === undefined || (typeof value === "object" && value !== null && !Array.isArray(value));
}

/** What comes of a call, whether it throws or rejects. */
async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
    return undefined;
  } catch (error) {
    return error;
  }
}

describeEmbedded("arguments of the public functions", (databases) => {
  let calls: Map<string, readonly unknown[]>;
  let index: ltd.Index;
  let nowhere: string; // a folder with nothing that a call could read

  before(async () => {
    nowhere = await mkdtemp(join(tmpdir(), "ltd-arguments-"));
    const database = await databases.create("initialised");
    await database.script(
      "create table faq (id int primary key, question text); insert into faq values (1, '怎么退款')",
    );
    const model = await ltd.loadModel();
    await ltd.add(database, model, { table: "faq" });
    await database.script("create table untouched (id int primary key, question text)");
    await ltd.add(database, model, { table: "untouched" });
    index = await ltd.openIndex({ index: "faq", database, threads: 1 });
    await index.sync();
    const record = await ltd.getIndex(database, "untouched"); // without vectors there is not much that a call can do
    const embedder = await ltd.createEmbedder({ threads: 1 });
    const pairs = { kind: "pairs", first: ["一"], second: ["二"], labels: [1] };
    const texts = { kind: "texts", texts: ["一"], labels: ["甲"] };
    const vector = new Float32Array(512);
    const shard = { name: "a", url: "postgres://nobody@127.0.0.1:1/none" }; // nothing listens there
    const encoding = { tables: model.tables, smoothing: 1, maxChars: 128 };
    // each call is right but for what a test puts in; none of them may change what the others need
    calls = new Map<string, readonly unknown[]>([
      ["openIndex", [{ index: "none", database }]],
      ["add", [database, model, { table: "none" }]],
      ["addStatements", [database, model, { table: "none" }]],
      ["addAlias", [database, "none", [{ key: 1, question: "退钱" }]]],
      ["removeAlias", [database, "none", ["退钱"], {}]],
      ["listAliases", [database, "faq", 1]],
      ["calibrate", [database, record, embedder, { save: false, sampleRows: 1 }]],
      ["forgetCalibration", [database, record]],
      ["listClassifiers", [database]],
      ["dropClassifier", [database, "none"]],
      ["getClassifier", [database, "none"]],
      ["classifyTexts", [{ indexId: -1, name: "none" }, record, embedder, ["一"]]],
      ["cluster", [database, "none", {}]],
      ["renameCluster", [database, "none", "topics", 1, "新"]],
      ["mergeClusters", [database, "none", "topics", [1, 2]]],
      ["dropClustering", [database, "none", "topics"]],
      ["dedupe", [database, "none", {}]],
      ["doctor", [database, { model: "none" }]],
      ["evaluate", [embedder, pairs, { samples: -1 }]],
      ["evaluateClasses", [{ indexId: -1, name: "none", classes: [], examples: texts }, record, embedder, texts]],
      ["exportIndex", [database, "none", join(nowhere, "faq.ltd"), {}]],
      ["verifyLocal", [database, join(nowhere, "faq.ltd"), {}]],
      ["grantReader", [database, "none", "role"]],
      ["grantCurator", [database, "none", "role"]],
      ["accept", [database, "none", 1, ["退钱"], {}]],
      ["reject", [database, "none", 1, ["退钱"], {}]],
      ["setAside", [database, "none", "draft", ["退钱"], {}]],
      ["undo", [database, "none", {}]],
      ["journal", [database, "none", {}]],
      ["check", [database, { record, embedder }, [], { allow: -1 }]],
      ["saveGolden", [join(nowhere, "golden.json"), {}]],
      ["readGolden", [join(nowhere, "golden.json")]],
      ["acceptVoted", [database, "none", {}]],
      ["feedback", [database, { questionId: "none", helped: true, voter: "x" }]],
      ["loopLabels", [database, "none"]],
      ["setLog", [database, "none", {}]],
      ["stopLog", [database, "none"]],
      ["logStatus", [database, "none"]],
      ["clearLog", [database, "none"]],
      ["failed", [database, "faq", 1]],
      ["retry", [database, "faq"]],
      ["listGenerations", [database, "faq"]],
      ["buildGeneration", [database, "none", model, {}]],
      ["switchGeneration", [database, "none", {}]],
      ["rollbackGeneration", [database, "none", {}]],
      ["dropGeneration", [database, "none", 1]],
      ["init", [database, model]],
      ["readLabelledFile", [join(nowhere, "labelled.csv"), {}]],
      ["remove", [database, "none", {}]],
      ["report", [database, "none", {}]],
      ["status", [database, "faq"]],
      ["getIndex", [database, "faq"]],
      ["trainClasses", [database, record, embedder, "none", { kind: "texts", texts: ["一"], labels: ["甲"] }, {}]],
      ["tune", [model, pairs, { id: "tuned", out: join(nowhere, "tuned") }]],
      ["verify", [database, record, embedder, {}]],
      ["watch", [database, { signal: AbortSignal.abort(), names: ["none"] }]],
      ["showWeights", [database, "none", ["退款"], {}]],
      ["setWeights", [database, "none", [{ word: "退款", idf: 1 }], {}]],
      ["unsetWeights", [database, "none", ["退款"], {}]],
      ["fitWeights", [database, "none", {}]],
      ["addShard", [database, "none", shard]],
      ["addShardStatements", [database, "none", shard]],
      ["listShards", [database, "none"]],
      ["removeShard", [database, "none", "a"]],
      ["removeShardStatements", [database, "none", "a"]],
      ["linkShards", [database, "none"]],
      ["linkShardsStatements", [database, "none"]],
      ["verifyShards", [database, "none"]],
      ["openDatabase", [{ folder: join(nowhere, "db"), create: false }]],
      ["createEmbedder", [{ threads: 0 }]],
      ["loadModel", ["none"]],
      ["operationAt", [[], 0.5, 0]],
      [
        "predict",
        [
          {
            classes: [],
            weights: ltd.createMatrix(0, 512),
            vocabulary: null,
            owners: [],
            bias: [],
            scale: 1,
            nearest: null,
            threshold: 0,
          },
          vector,
          [],
        ],
      ],
      ["decide", ["问", [], { answer: 1, suggest: 0, margin: 0 }, undefined, []]],
      ["trainClassifier", [ltd.createMatrix(1, 4), [0], ["甲"], { random: new ltd.Random(1) }]],
      ["reportHtml", [{}]],
      ["lexemes", [embedder.encode("退款")]],
      ["encode", ["退款", encoding]],
      ["normalize", ["退款"]],
      ["hasMeaning", ["退款"]],
      ["createMatrix", [1, 1]],
      ["rowOf", [ltd.createMatrix(1, 1), 0]],
    ]);
    for (const [name, args] of [
      ["match", ["退款", {}]],
      ["matchAll", [["退款"], {}]],
      ["search", ["退款", {}]],
      ["similar", [1, {}]],
      ["embed", [["退款"], {}]],
      ["embedOne", ["退款", {}]],
      ["sync", [{}]],
      ["gaps", [{}]],
      ["feedback", [{ questionId: "none", helped: true, voter: "x" }]],
      ["cluster", [{ k: 1 }]],
      ["dedupe", [{}]],
    ] as const)
      calls.set(`index.${name}`, args);
  });
  after(() => rm(nowhere, { recursive: true }));

  const call = (name: string, args: readonly unknown[]): unknown => {
    const method = name.startsWith("index.") ? Reflect.get(index, name.slice(6)) : Reflect.get(ltd, name);
    return (method as Call)(...args);
  };

  it("are listed here, of every function", () => {
    const functions = Object.entries(ltd)
      .filter(([, value]) => typeof value === "function")
      .map(([name]) => name);
    const classes = ["LtdError", "Random"];
    assert.deepEqual(
      functions.filter((name) => !classes.includes(name) && !calls.has(name)),
      [],
    );
  });

  it("that are wrong are an LtdError, or are right", async () => {
    const faults: string[] = [];
    for (const [name, args] of calls)
      for (const at of args.keys())
        for (const value of wrong) {
          if (name === "watch" && at === 1 && isRightForAll(value)) continue; // it would not end by itself
          const error = await errorOf(() => call(name, args.with(at, value)));
          const isOurs =
            error === undefined || error instanceof ltd.LtdError || (name === "rowOf" && error instanceof RangeError);
          if (!isOurs) faults.push(`${name}, argument ${at} = ${inspect(value)}: ${(error as Error).message}`);
        }
    assert.deepEqual(faults, []);
  });

  it("name an option that there is not, and the nearest one", async () => {
    const others = ["init", "predict", "reportHtml", "evaluateClasses", "forgetCalibration", "saveGolden", "lexemes"]; // their last argument is no options
    for (const [name, args] of calls) {
      const options = args.at(-1);
      if (others.includes(name) || Object.getPrototypeOf(options ?? 0) !== Object.prototype) continue;
      const error = await errorOf(() => call(name, [...args.slice(0, -1), { ...(options as object), nonsense: 1 }]));
      assert.ok(error instanceof ltd.LtdError && error.code === "usage", name);
      assert.match(error.message, /has no option nonsense$/, name);
      assert.match(error.hint ?? "", /the options are: /);
    }
    const message = /^openIndex has no option databaseUrl$/;
    const url = { index: "faq", databaseUrl: "postgres://x" } as unknown as ltd.OpenIndexOptions;
    await assert.rejects(ltd.openIndex(url), {
      code: "usage",
      message,
      hint: /^database may be meant; the options are: index, /,
    });
    await assert.rejects(index.match("退款", { limits: 3 } as object), {
      message: /^match has no option limits$/,
      hint: /^limit may be meant/,
    });
    await assert.rejects(index.match(123 as never), {
      code: "usage",
      message: "question of match is 123, but must be a string",
    });
    await assert.rejects(index.match("退款", { limit: "3" } as never), {
      message: 'limit is "3", but must be a whole number',
    });
    await assert.rejects(index.matchAll(["退款", null] as never), {
      message: /^questions of matchAll has at 1 null, but must be/,
    });
  });

  it("an option of another type is an error, whatever it is", async () => {
    const signal = "now" as unknown as AbortSignal;
    await assert.rejects(index.match("退款", { signal }), {
      code: "usage",
      message: 'signal is "now", but must be an AbortSignal',
    });
    await assert.rejects(index.sync({ onProgress: 1 as never }), { code: "usage", message: /onProgress is 1/ });
    await assert.rejects(index.similar({} as never), { code: "input", message: /is not a key of faq/ });
    await index.close();
  });
});

it("arguments of the pieces of a query are checked, too", () => {
  for (const pieces of [kysely, pg]) {
    for (const value of [undefined, null, Number.NaN, 123, "", ["1"], true])
      assert.throws(() => pieces.cosineDistance("e.embedding", value as never), { name: "LtdError", code: "usage" });
    for (const value of [undefined, null, 123, {}])
      assert.throws(() => pieces.entries(value as never), { name: "LtdError", code: "usage" });
    assert.throws(() => pieces.similarity(undefined as never, [1, 2]), { name: "LtdError", code: "usage" });
    assert.throws(() => pieces.searchSettings({ efsearch: 3 } as never), {
      message: "searchSettings has no option efsearch",
    });
    assert.throws(() => pieces.searchSettings({ efSearch: 1001 }), { code: "usage" });
  }
});
