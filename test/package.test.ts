import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { it } from "node:test";
import * as api from "../src/index.ts";
import * as kysely from "../src/kysely.ts";
import * as pg from "../src/pg.ts";

it("the public surface", () => {
  assert.deepEqual(Object.keys(api).sort(), [
    "DEFAULT_MODEL",
    "LtdError",
    "Random",
    "accept",
    "acceptVoted",
    "add",
    "addAlias",
    "addShard",
    "addShardStatements",
    "addStatements",
    "buildGeneration",
    "calibrate",
    "check",
    "classifyTexts",
    "clearLog",
    "cluster",
    "createEmbedder",
    "createMatrix",
    "decide",
    "dedupe",
    "doctor",
    "dropClassifier",
    "dropClustering",
    "dropGeneration",
    "encode",
    "evaluate",
    "evaluateClasses",
    "exportIndex",
    "failed",
    "feedback",
    "fitWeights",
    "forgetCalibration",
    "getClassifier",
    "getIndex",
    "grantCurator",
    "grantReader",
    "hasMeaning",
    "init",
    "journal",
    "lexemes",
    "linkShards",
    "linkShardsStatements",
    "listAliases",
    "listClassifiers",
    "listGenerations",
    "listShards",
    "loadModel",
    "logStatus",
    "loopLabels",
    "mergeClusters",
    "normalize",
    "openDatabase",
    "openIndex",
    "operationAt",
    "predict",
    "readGolden",
    "readLabelledFile",
    "reject",
    "remove",
    "removeAlias",
    "removeShard",
    "removeShardStatements",
    "renameCluster",
    "report",
    "reportHtml",
    "retry",
    "rollbackGeneration",
    "rowOf",
    "saveGolden",
    "setAside",
    "setLog",
    "setWeights",
    "showWeights",
    "status",
    "stopLog",
    "switchGeneration",
    "trainClasses",
    "trainClassifier",
    "tune",
    "undo",
    "unsetWeights",
    "verify",
    "verifyLocal",
    "verifyShards",
    "watch",
  ]);
});

it("the public surface of ltd-index/kysely and ltd-index/pg", () => {
  assert.deepEqual(Object.keys(kysely).sort(), ["cosineDistance", "entries", "searchSettings", "similarity"]);
  assert.deepEqual(Object.keys(pg).sort(), [
    "cosineDistance",
    "entries",
    "registerTypes",
    "searchSettings",
    "similarity",
    "sql",
  ]);
});

it("is loaded by require as by import", () => {
  const names = ["ltd-index", "ltd-index/kysely", "ltd-index/pg", "ltd-index/serve"];
  const script = `console.log(JSON.stringify(${JSON.stringify(names)}.map((name) => typeof require(name))), typeof require("ltd-index").openIndex)`;
  const cwd = `${import.meta.dirname}/..`;
  const printed = execFileSync(process.execPath, ["--input-type=commonjs", "-e", script], { cwd, encoding: "utf8" });
  assert.equal(printed.trim(), '["object","object","object","object"] function');
});
