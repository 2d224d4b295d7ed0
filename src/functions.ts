/**
 * The public functions that return a promise; each checks its arguments first. What a program without a compiler gets
 * wrong is a clear LtdError, and an unknown option is never ignored. Inside the package the unchecked functions are
 * called.
 *
 * Their types are those of the functions themselves, so that an editor shows the documentation.
 */
import * as alias from "./app/shards/alias.ts";
import * as adding from "./app/keep/add.ts";
import * as initialising from "./app/keep/init.ts";
import * as removing from "./app/keep/remove.ts";
import * as watching from "./app/shards/watch.ts";
import * as verifyingLocal from "./app/file/verify.ts";
import * as checking from "./app/operate/doctor.ts";
import * as failing from "./app/operate/failed.ts";
import * as listing from "./app/operate/list-generations.ts";
import * as generations from "./app/operate/generation.ts";
import * as switching from "./app/operate/generation-shards.ts";
import * as granting from "./app/operate/grant.ts";
import * as verifying from "./app/operate/verify.ts";
import * as weighing from "./app/operate/weights.ts";
import * as exporting from "./app/shards/export.ts";
import * as stating from "./app/shards/status.ts";
import * as records from "./db/indexes/find-index.ts";
import * as opening from "./db/connect/open.ts";
import * as embedding from "./embed/embedder.ts";
import * as packages from "./embed/model-package.ts";
import type { WantedAlias } from "./app/ask/alias.ts";
import type { AddOptions } from "./app/keep/add.ts";
import type { RemoveOptions } from "./app/keep/remove.ts";
import type { ExportOptions } from "./app/file/plan.ts";
import type { GenerationOptions } from "./app/operate/generation.ts";
import type { WantedWeight } from "./app/operate/wanted-weight.ts";
import type { VerifyOptions } from "./app/operate/verify.ts";
import type { WatchOptions } from "./app/keep/watch.ts";
import type { StoredWeights } from "./db/indexes/weight.ts";
import type { OpenOptions } from "./db/connect/open.ts";
import type { EmbedderOptions } from "./embed/embedder.ts";
import type { ModelPackage } from "./embed/model-package.ts";
import { methodOptions, workOptions } from "./app/open/checked-index.ts";
import { checkedAsync, either, listOf, oneOf, optional, options, kinds } from "./check-arguments.ts";

const { call, database, embedder, flag, index, key, model, name, number, object, signal, text } = kinds;
const sourceParts = { table: name, key: listOf(text), where: text, updatedAt: name, column: name };
const addOptions = { name, template: text, halfvec: flag, ...sourceParts };
const embedderSettings = { model: either(name, model), threads: number };
const wantedAlias = { key, question: text, isNegative: flag };
const wantedWeight = { word: text, idf: number, frequency: number };
const generationOptions = { ...workOptions, onProgress: call, calibrate: flag, check: object, ...embedderSettings };

export const add: typeof adding.add = checkedAsync(
  "add",
  { database, model, options: options<AddOptions>(addOptions, ["table"]) },
  adding.add,
);
export const addStatements: typeof adding.addStatements = checkedAsync(
  "addStatements",
  { database, model, options: options<AddOptions>(addOptions, ["table"]) },
  adding.addStatements,
);
export const addAlias: typeof alias.addAlias = checkedAsync(
  "addAlias",
  { database, name, wanted: listOf(options<WantedAlias>(wantedAlias, ["key", "question"])) },
  alias.addAlias,
);
export const removeAlias: typeof alias.removeAlias = checkedAsync(
  "removeAlias",
  {
    database,
    name,
    questions: listOf(text),
    options: optional(options<{ isNegative?: boolean }>({ isNegative: flag })),
  },
  alias.removeAlias,
);
export const listAliases: typeof alias.listAliases = checkedAsync(
  "listAliases",
  { database, name, key: optional(key) },
  alias.listAliases,
);
export const doctor: typeof checking.doctor = checkedAsync(
  "doctor",
  { database, options: optional(options<{ model?: string | undefined }>({ model: name })) },
  checking.doctor,
);
export const exportIndex: typeof exporting.exportIndex = checkedAsync(
  "exportIndex",
  {
    database,
    name,
    file: name,
    options: optional(
      options<ExportOptions>({
        method: name,
        rebuild: flag,
        m: number,
        efConstruction: number,
        efSearch: number,
        onProgress: call,
        signal,
      }),
    ),
  },
  exporting.exportIndex,
);
export const verifyLocal: typeof verifyingLocal.verifyLocal = checkedAsync(
  "verifyLocal",
  { database, path: name, options: optional(methodOptions.embed) },
  verifyingLocal.verifyLocal,
);
export const grantCurator: typeof granting.grantCurator = checkedAsync(
  "grantCurator",
  { database, name, role: name },
  granting.grantCurator,
);
export const grantReader: typeof granting.grantReader = checkedAsync(
  "grantReader",
  { database, name, role: name },
  granting.grantReader,
);
export const failed: typeof failing.failed = checkedAsync(
  "failed",
  { database, name: optional(name), limit: optional(number) },
  failing.failed,
);
export const retry: typeof failing.retry = checkedAsync("retry", { database, name: optional(name) }, failing.retry);
export const listGenerations: typeof listing.listGenerations = checkedAsync(
  "listGenerations",
  { database, name },
  listing.listGenerations,
);
export const buildGeneration: typeof switching.buildGeneration = checkedAsync(
  "buildGeneration",
  {
    database,
    name,
    model,
    options: optional(
      options<GenerationOptions & { weights?: StoredWeights }>({ ...generationOptions, weights: object }),
    ),
  },
  switching.buildGeneration,
);
export const switchGeneration: typeof switching.switchGeneration = checkedAsync(
  "switchGeneration",
  { database, name, options: optional(options<GenerationOptions>(generationOptions)) },
  switching.switchGeneration,
);
export const rollbackGeneration: typeof switching.rollbackGeneration = checkedAsync(
  "rollbackGeneration",
  { database, name, options: optional(options<GenerationOptions>(generationOptions)) },
  switching.rollbackGeneration,
);
export const dropGeneration: typeof generations.dropGeneration = checkedAsync(
  "dropGeneration",
  { database, name, generation: number },
  generations.dropGeneration,
);
export const init: typeof initialising.init = checkedAsync("init", { database, model }, initialising.init);
export const remove: typeof removing.remove = checkedAsync(
  "remove",
  { database, name, options: optional(options<RemoveOptions>({ keep: flag })) },
  removing.remove,
);
export const status: typeof stating.status = checkedAsync("status", { database, name: optional(name) }, stating.status);
export const getIndex: typeof records.getIndex = checkedAsync("getIndex", { database, name }, records.getIndex);
export const verify: typeof verifying.verify = checkedAsync(
  "verify",
  { database, index, embedder, options: optional(options<VerifyOptions>({ repair: flag, onProgress: call, signal })) },
  verifying.verify,
);
export const watch: typeof watching.watch = checkedAsync(
  "watch",
  {
    database,
    options: optional(
      options<WatchOptions>({
        ...workOptions,
        names: listOf(name),
        pollMs: number,
        model: name,
        threads: number,
        onEvent: call,
      }),
    ),
  },
  watching.watch,
);
export const showWeights: typeof weighing.showWeights = checkedAsync(
  "showWeights",
  {
    database,
    name,
    words: optional(listOf(text)),
    options: optional(options<{ model?: ModelPackage | string | undefined }>({ model: embedderSettings.model })),
  },
  weighing.showWeights,
);
export const setWeights: typeof weighing.setWeights = checkedAsync(
  "setWeights",
  {
    database,
    name,
    wanted: listOf(options<WantedWeight>(wantedWeight, ["word", "idf"])),
    options: optional(options<GenerationOptions & { replace?: boolean }>({ ...generationOptions, replace: flag })),
  },
  weighing.setWeights,
);
export const unsetWeights: typeof weighing.unsetWeights = checkedAsync(
  "unsetWeights",
  {
    database,
    name,
    words: either(listOf(text), oneOf("all", "fitted")),
    options: optional(options<GenerationOptions>(generationOptions)),
  },
  weighing.unsetWeights,
);
export const fitWeights: typeof weighing.fitWeights = checkedAsync(
  "fitWeights",
  {
    database,
    name,
    options: optional(options<GenerationOptions & { prior?: number }>({ ...generationOptions, prior: number })),
  },
  weighing.fitWeights,
);
export const openDatabase: typeof opening.openDatabase = checkedAsync(
  "openDatabase",
  {
    options: optional(
      options<OpenOptions>({ url: text, folder: name, create: flag, connections: number, pool: kinds.pool }),
    ),
  },
  opening.openDatabase,
);
export const createEmbedder: typeof embedding.createEmbedder = checkedAsync(
  "createEmbedder",
  {
    options: optional(
      options<EmbedderOptions>({ ...embedderSettings, batchSize: number, weights: object, engine: name }),
    ),
  },
  embedding.createEmbedder,
);
export const loadModel: typeof packages.loadModel = checkedAsync(
  "loadModel",
  { model: optional(name) },
  packages.loadModel,
);
