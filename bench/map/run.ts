/** How long the map of a report takes and how far it can be believed: see `npm run bench:map -- --help`. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { createEmbedder, withEmbedder } from "../../src/embed/embedder.ts";
import { openMatrixProduct } from "../../src/embed/matrix-product.ts";
import { mapOf } from "../../src/report/map/map.ts";
import { principalCoordinates } from "../../src/report/map/principal.ts";
import { mapQuality } from "../../src/report/map/quality.ts";
import { createMatrix, rowOf, type Matrix } from "../../src/vector/matrix.ts";
import { Random } from "../../src/vector/random.ts";
import { describeMachine, machineLine } from "../shared/machine.ts";
import { DEMO_ROWS, readTitles } from "../shared/workload.ts";

const HELP = `Usage: npm run bench:map -- [options]

Embeds texts, puts them on a plane as "report" does, and says how far the plane keeps what is near, beside the first two principal
components of the same vectors.

  --texts FILE        one text a line (default: the demo's titles)
  --rows N            of them at most (default 50000)
  --components N,N…   principal components in which neighbours are looked for (default 128)
  --threads N         threads of the matrix product (default 1)
  --seed N            (default 1)
`;

const { values } = parseArgs({
  options: {
    texts: { type: "string" },
    rows: { type: "string", default: "50000" },
    components: { type: "string", default: "128" },
    threads: { type: "string", default: "1" },
    seed: { type: "string", default: "1" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) console.log(HELP);
else await measure();

async function measure(): Promise<void> {
  const threads = Number(values.threads);
  const seed = Number(values.seed);
  const texts = values.texts === undefined ? readTitles(DEMO_ROWS) : readFileSync(values.texts, "utf8").split("\n");
  const vectors = await withEmbedder(createEmbedder({ threads }), (embedder) =>
    embedder.embed(texts.slice(0, Number(values.rows))),
  ).then(withoutEmpty);
  const { multiply, close } = await openMatrixProduct(threads);
  console.log(machineLine(describeMachine()));
  console.log(`${vectors.rows} rows, ${threads} ${threads === 1 ? "thread" : "threads"}`);
  for (const components of values.components.split(",").map(Number)) {
    const [wall, cpu] = [performance.now(), process.cpuUsage()];
    const positions = await mapOf(vectors, multiply, { components, seed });
    const { user, system } = process.cpuUsage(cpu);
    const seconds = `${((performance.now() - wall) / 1e3).toFixed(1)} s, CPU ${((user + system) / 1e6).toFixed(1)} s`;
    console.log(`map of ${components} components: ${seconds}; ${await judged(positions)}`);
  }
  const two = await principalCoordinates(vectors, 2, multiply, new Random(seed));
  console.log(`first two components: ${await judged(two.data)}`);
  await close();

  async function judged(positions: Float32Array): Promise<string> {
    const { preserved, trustworthiness, neighbours } = await mapQuality(vectors, positions, multiply, { seed });
    return `trustworthiness ${trustworthiness.toFixed(3)}, ${(100 * preserved).toFixed(1)} % of the ${neighbours} nearest kept`;
  }
}

/** Rows of texts that have a letter or digit. */
function withoutEmpty(vectors: Matrix): Matrix {
  const rows = [...Array(vectors.rows).keys()].filter((row) => !Number.isNaN(rowOf(vectors, row)[0]));
  const kept = createMatrix(rows.length, vectors.dims);
  rows.forEach((row, at) => rowOf(kept, at).set(rowOf(vectors, row)));
  return kept;
}
