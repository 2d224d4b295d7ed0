// Bundles what the page of `export --html` runs: src/page/answer.ts with the text functions, the student, the search and the judge.
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dirname, "..");

/** The page holds its WebAssembly, and what nothing in it uses is left out: top-level statements of src/ have no effects. */
const page = {
  name: "page",
  setup({ onResolve }) {
    onResolve({ filter: /\/wasm-file\.ts$/ }, () => ({ path: join(root, "src/page/wasm-file.ts") }));
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, external: true, sideEffects: false }));
    onResolve({ filter: /^\.{1,2}\// }, ({ path, importer, kind }) =>
      kind === "entry-point" ? undefined : { path: resolve(dirname(importer), path), sideEffects: false },
    );
  },
};

const { metafile } = await build({
  entryPoints: [join(root, "src/page/answer.ts")],
  outfile: join(root, "dist/page/answer.js"),
  bundle: true,
  minify: true,
  format: "iife",
  platform: "browser",
  target: "chrome111",
  charset: "utf8",
  metafile: true,
  plugins: [page],
});
const script = readFileSync(join(root, "dist/page/answer.js"), "utf8");
if (/"node:|require\(/.test(script)) throw new Error("the page would need a module of Node.js");
for (const [name, { inputs }] of Object.entries(metafile.outputs))
  if (process.argv.includes("--verbose"))
    for (const [input, { bytesInOutput }] of Object.entries(inputs)) console.log(name, input, bytesInOutput);
