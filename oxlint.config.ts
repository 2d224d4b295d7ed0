import { defineConfig } from "oxlint";

/** The folders of src/ and those that each may import, besides itself, errors.ts and config.ts. Arrows point down only. */
const bottom = ["text", "vector"];
const middle = ["db", "embed", "ann", "cluster", "judge", "report"];
const layers: Record<string, string[]> = {
  vector: [],
  text: ["vector"],
  ...Object.fromEntries(middle.map((folder) => [folder, bottom])),
  app: [...middle, ...bottom],
  serve: ["app", ...middle, ...bottom],
  page: ["app", ...middle, ...bottom],
  cli: ["serve", "app", ...middle, ...bottom],
};

/**
 * Inside two layers, the folders that each folder may import besides itself and the layer's own files, which import no folder.
 * Listed from the bottom up.
 */
const rooms: Record<string, Record<string, string[]>> = {
  db: {
    statement: [],
    connect: ["statement"],
    source: ["statement"],
    schema: ["connect", "statement"],
    capture: ["source", "statement"],
    entries: ["capture", "connect", "schema", "source", "statement"],
    ask: ["entries", "source", "statement"],
    loop: ["statement"],
    functions: ["connect", "schema", "statement"],
    results: ["entries", "statement"],
    indexes: ["ask", "capture", "entries", "loop", "results", "schema", "source", "statement"],
  },
  app: {
    ask: [],
    cluster: [],
    train: [],
    functions: [],
    file: ["ask"],
    judge: ["ask"],
    loop: ["ask", "judge"],
    keep: ["functions", "judge"],
    shards: ["ask", "cluster", "file", "judge", "keep", "loop"],
    report: ["ask", "cluster", "judge", "loop", "shards"],
    operate: ["functions", "keep", "loop", "shards"],
    open: ["ask", "cluster", "file", "keep", "loop", "shards"],
  },
};

/** Packages behind one file each, so that what is native, heavy or a server stays in one place. */
const owners = [
  { packages: "pg", regex: "^pg(/|$)", file: "src/db/connect/driver.ts" },
  { packages: "pg-copy-streams", regex: "^pg-copy-streams(/|$)", file: "src/db/connect/copy-driver.ts" },
  { packages: "PGlite", regex: "^@electric-sql/", file: "src/db/connect/embedded.ts" },
  { packages: "onnxruntime-node", regex: "^onnxruntime-", file: "src/embed/session.ts" },
  { packages: "nodejieba", regex: "^nodejieba(/|$)", file: "src/text/jieba.ts" },
  { packages: "hnswlib-node", regex: "^hnswlib-node(/|$)", file: "src/ann/hnsw.ts" },
];

interface Pattern {
  regex: string;
  message: string;
}

/**
 * The imports that the files of a folder must not have.
 *
 * @param folder of src/, undefined for the files of src/ itself
 * @param room a folder inside it, undefined for its own files
 * @param file the owner of a package, if the files are this one
 */
function restrictedImports(folder?: string, room?: string, file?: string): ["error", { patterns: Pattern[] }] {
  const allowed = folder === undefined ? Object.keys(layers).filter((name) => name !== "cli") : (layers[folder] ?? []);
  const forbidden = Object.keys(layers).filter((name) => name !== folder && !allowed.includes(name));
  const down = {
    regex: `^\\.{1,2}/(\\.\\./)*(${forbidden.join("|")})/`,
    message: `${folder ? `src/${folder}` : "src"} may import only ${allowed.join(", ") || "itself"}: see oxlint.config.ts.`,
  };
  const behind = owners
    .filter((owner) => owner.file !== file)
    .map((owner) => ({ regex: owner.regex, message: `Only ${owner.file} imports ${owner.packages}.` }));
  const inside = folder === undefined ? [] : restrictedRooms(folder, room);
  return ["error", { patterns: [...(forbidden.length > 0 ? [down] : []), ...inside, ...behind] }];
}

/** The same inside a layer that has rooms; a file of the layer itself may import none of them. */
function restrictedRooms(layer: string, room?: string): Pattern[] {
  const all = rooms[layer];
  if (all === undefined) return [];
  const here = room === undefined ? `src/${layer} itself` : `src/${layer}/${room}`;
  const allowed = room === undefined ? [] : all[room]!;
  const forbidden = Object.keys(all).filter((name) => name !== room && !allowed.includes(name));
  return [
    {
      regex: `^${room === undefined ? "\\./" : "\\.\\./"}(${forbidden.join("|")})/`,
      message: `${here} may import only ${allowed.join(", ") || "no folder"} of src/${layer}: see oxlint.config.ts.`,
    },
    { regex: `^(\\.\\./)+${layer}/`, message: `src/${layer} imports its own files by the shortest path.` },
  ];
}

const terminalAndExit = ["stdin", "stdout", "stderr", "exit", "exitCode", "argv"].map((property) => ({
  object: "process",
  property,
  message: "Only src/cli touches the terminal and the exit code.",
}));

/** Lines of a file, and of a function in it, at most. */
const LINES = 250;
const FUNCTION_LINES = 60;

/** Files that are longer yet, with what they may have: the numbers only ever go down, and a file leaves the list once it keeps the rule. */
const longer: Record<string, { lines?: number; functionLines?: number }> = {
  "bench/cluster/run.ts": { functionLines: 62 },
  "bench/speed/shapes/bert.ts": { functionLines: 113 },
  "bench/sync/table.ts": { functionLines: 61 },
  "page/curve.js": { functionLines: 66 },
  "page/map.js": { lines: 277 },
};

function lengthRules(
  lines = LINES,
  functionLines = FUNCTION_LINES,
): {
  "max-lines": ["error", { max: number }];
  "max-lines-per-function": ["error", { max: number; IIFEs: boolean }];
} {
  return {
    "max-lines": ["error", { max: lines }],
    "max-lines-per-function": ["error", { max: functionLines, IIFEs: true }],
  };
}

export default defineConfig({
  plugins: ["eslint", "typescript", "unicorn", "oxc", "import", "node", "promise"],
  options: { typeAware: true, denyWarnings: true, reportUnusedDisableDirectives: "error" },
  categories: { correctness: "error" },
  env: { builtin: true, node: true },
  ignorePatterns: ["dist", "distill", "engine", "models"],
  rules: {
    eqeqeq: ["error", "always", { null: "ignore" }],
    "no-empty": "error",
    "no-throw-literal": "error",
    "no-var": "error",
    "prefer-const": "error",
    "import/no-cycle": ["error", { ignoreTypes: false }],
    "typescript/consistent-type-imports": "error",
    "typescript/no-explicit-any": "error",
    "typescript/no-misused-promises": "error",
    "typescript/only-throw-error": "error",
    "typescript/return-await": "error",
    "unicorn/prefer-node-protocol": "error",
  },
  overrides: [
    {
      files: ["src/**"],
      rules: {
        "import/no-default-export": "error",
        "no-console": "error",
        "no-restricted-imports": restrictedImports(undefined),
        "no-restricted-properties": ["error", ...terminalAndExit],
        "unicorn/no-process-exit": "error",
      },
    },
    ...Object.keys(layers).map((folder) => ({
      files: [`src/${folder}/**`],
      rules: { "no-restricted-imports": restrictedImports(folder) },
    })),
    ...Object.entries(rooms).flatMap(([folder, inside]) =>
      Object.keys(inside).map((room) => ({
        files: [`src/${folder}/${room}/**`],
        rules: { "no-restricted-imports": restrictedImports(folder, room) },
      })),
    ),
    ...owners.map(({ file }) => {
      const [, folder, room] = file.split("/");
      return {
        files: [file],
        rules: { "no-restricted-imports": restrictedImports(folder, rooms[folder!] && room, file) },
      };
    }),
    // suites are as long as what they look at
    { files: ["src/**", "bench/**", "page/**", "scripts/**"], rules: lengthRules() },
    ...Object.entries(longer).map(([file, { lines, functionLines }]) => ({
      files: [file],
      rules: lengthRules(lines, functionLines),
    })),
    {
      files: ["src/cli/**"],
      rules: { "no-console": "off", "no-restricted-properties": "off" },
    },
    {
      files: ["test/**"],
      rules: {
        // node:test's describe and it return promises that nobody needs to await.
        "typescript/no-floating-promises": "off",
        "typescript/require-array-sort-compare": "off",
      },
    },
  ],
});
