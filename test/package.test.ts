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
    "add",
    "addAlias",
    "addStatements",
    "buildGeneration",
    "calibrate",
    "classifyTexts",
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
    "fitWeights",
    "forgetCalibration",
    "getClassifier",
    "getIndex",
    "grantReader",
    "hasMeaning",
    "init",
    "lexemes",
    "listAliases",
    "listClassifiers",
    "listGenerations",
    "loadModel",
    "mergeClusters",
    "normalize",
    "openDatabase",
    "openIndex",
    "operationAt",
    "predict",
    "readLabelledFile",
    "remove",
    "removeAlias",
    "renameCluster",
    "report",
    "reportHtml",
    "retry",
    "rollbackGeneration",
    "rowOf",
    "setWeights",
    "showWeights",
    "status",
    "switchGeneration",
    "trainClasses",
    "trainClassifier",
    "tune",
    "unsetWeights",
    "verify",
    "verifyLocal",
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
