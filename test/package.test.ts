import assert from "node:assert/strict";
import { it } from "node:test";
import * as api from "../src/index.ts";
import * as kysely from "../src/kysely.ts";
import * as pg from "../src/pg.ts";

it("the public surface", () => {
  assert.deepEqual(Object.keys(api).sort(), [
    "DEFAULT_MODEL",
    "LtdError",
    "add",
    "addStatements",
    "buildGeneration",
    "calibrate",
    "cluster",
    "createEmbedder",
    "createMatrix",
    "decide",
    "dedupe",
    "doctor",
    "dropClustering",
    "dropGeneration",
    "encode",
    "evaluate",
    "exportIndex",
    "failed",
    "fitWeights",
    "forgetCalibration",
    "hasMeaning",
    "init",
    "listGenerations",
    "loadModel",
    "mergeClusters",
    "normalize",
    "openDatabase",
    "openIndex",
    "operationAt",
    "readLabelledFile",
    "remove",
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
