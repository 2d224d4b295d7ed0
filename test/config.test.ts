import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { readConfig, readEngine } from "../src/config.ts";

const SERVER = "postgres://app@db/app";

describe("settings", () => {
  const folder = mkdtempSync(join(tmpdir(), "ltd-config-"));
  after(() => rmSync(folder, { recursive: true }));
  const file = (content: unknown) => {
    const path = join(folder, "ltd-index.json");
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
    return path;
  };

  it("name the engine, whatever else the environment says", () => {
    assert.equal(readEngine({ LTD_ENGINE: "wasm", DATABASE_URL: "mysql://host" }), "wasm");
    assert.equal(readConfig({}, { LTD_ENGINE: "onnx" }, file({ engine: "wasm" })).engine, "onnx");
    assert.equal(readConfig({}, {}, file({ engine: "wasm" })).engine, "wasm");
    assert.throws(() => readEngine({ LTD_ENGINE: "gpu" }), {
      code: "usage",
      message: 'LTD_ENGINE is "gpu", but must be one of auto, onnx, wasm',
    });
  });

  it("have defaults, and are frozen", () => {
    const config = readConfig({}, {}, join(folder, "none.json"));
    assert.deepEqual(config, { databaseFolder: ".ltd/db", engine: "auto" });
    assert.ok(Object.isFrozen(config));
  });

  it("flags win over the environment, the environment over the file", () => {
    const path = file({ threads: 1, model: "./a" });
    assert.equal(readConfig({}, {}, path).threads, 1);
    assert.equal(readConfig({}, { LTD_THREADS: "2" }, path).threads, 2);
    assert.equal(readConfig({ threads: "3" }, { LTD_THREADS: "2" }, path).threads, 3);
    assert.equal(readConfig({ threads: "3" }, { LTD_THREADS: "" }, path).model, "./a");
  });

  it("the first place that names a database decides between server and folder", () => {
    const path = file({ databaseUrl: SERVER });
    assert.equal(readConfig({}, {}, path).databaseUrl, SERVER);
    assert.equal(readConfig({}, { LTD_DATABASE_FOLDER: "x" }, path).databaseUrl, undefined);
    assert.equal(readConfig({ databaseFolder: "x" }, { DATABASE_URL: SERVER }, path).databaseUrl, undefined);
    assert.equal(readConfig({ databaseUrl: SERVER }, { LTD_DATABASE_FOLDER: "x" }, path).databaseUrl, SERVER);
  });

  it("all mistakes are reported together, with their places, and without a connection string", () => {
    const wrong = () => readConfig({ threads: "0" }, { DATABASE_URL: "mysql://me:secret@x" }, file({ colour: "red" }));
    assert.throws(wrong, (error: Error) => {
      assert.match(error.message, /--threads is "0".*1 to 256/);
      assert.match(error.message, /DATABASE_URL: must start with postgres/);
      assert.match(error.message, /ltd-index\.json.*colour/);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
    assert.throws(() => readConfig({}, {}, file("{")), { name: "LtdError", code: "usage", message: /cannot be read/ });
    assert.throws(() => readConfig({}, {}, file("[]")), { name: "LtdError", code: "usage", message: /not an object/ });
  });
});
