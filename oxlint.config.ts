import { defineConfig } from "oxlint";

/** The folders of src/ and those that each may import, besides itself, errors.ts and config.ts. Arrows point down only. */
const bottom = ["text", "vector"];
const middle = ["db", "embed", "ann", "cluster", "judge", "report"];
const layers: Record<string, string[]> = {
  vector: [],
  text: ["vector"],
  ...Object.fromEntries(middle.map((folder) => [folder, bottom])),
  app: [...middle, ...bottom],
  cli: ["app", ...middle, ...bottom],
};

/** Packages behind one file each, so that what is native, heavy or a server stays in one place. */
const owners = [
  { packages: "pg and pg-copy-streams", regex: "^pg(-copy-streams)?(/|$)", file: "src/db/connect/server.ts" },
  { packages: "PGlite", regex: "^@electric-sql/", file: "src/db/connect/embedded.ts" },
  { packages: "onnxruntime-node", regex: "^onnxruntime-", file: "src/embed/session.ts" },
  { packages: "nodejieba", regex: "^nodejieba(/|$)", file: "src/text/jieba.ts" },
  { packages: "hnswlib-node", regex: "^hnswlib-node(/|$)", file: "src/ann/hnsw.ts" },
];

/** What the files of a folder must not import; `file` is the owner of a package, if it is one. */
function restrictedImports(
  folder: string | undefined,
  file?: string,
): ["error", { patterns: { regex: string; message: string }[] }] {
  const allowed = folder === undefined ? Object.keys(layers).filter((name) => name !== "cli") : (layers[folder] ?? []);
  const forbidden = Object.keys(layers).filter((name) => name !== folder && !allowed.includes(name));
  const down = {
    regex: `^\\.{1,2}/(\\.\\./)*(${forbidden.join("|")})/`,
    message: `${folder ? `src/${folder}` : "src"} may import only ${allowed.join(", ") || "itself"}: see oxlint.config.ts.`,
  };
  const behind = owners
    .filter((owner) => owner.file !== file)
    .map((owner) => ({ regex: owner.regex, message: `Only ${owner.file} imports ${owner.packages}.` }));
  return ["error", { patterns: forbidden.length > 0 ? [down, ...behind] : behind }];
}

const terminalAndExit = ["stdin", "stdout", "stderr", "exit", "exitCode", "argv"].map((property) => ({
  object: "process",
  property,
  message: "Only src/cli touches the terminal and the exit code.",
}));

export default defineConfig({
  plugins: ["eslint", "typescript", "unicorn", "oxc", "import", "node", "promise"],
  options: { typeAware: true, denyWarnings: true, reportUnusedDisableDirectives: "error" },
  categories: { correctness: "error" },
  env: { builtin: true, node: true },
  ignorePatterns: ["dist", "distill", "models"],
  rules: {
    eqeqeq: ["error", "always", { null: "ignore" }],
    "no-empty": "error",
    "no-throw-literal": "error",
    "no-var": "error",
    "prefer-const": "error",
    "import/no-cycle": "error",
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
    ...owners.map(({ file }) => ({
      files: [file],
      rules: { "no-restricted-imports": restrictedImports(file.split("/")[1], file) },
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
