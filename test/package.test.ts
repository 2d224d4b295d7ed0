import assert from "node:assert/strict";
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
