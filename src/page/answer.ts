import { ExactSearch } from "../ann/exact.ts";
import { match, type MatchResult } from "../app/ask/match.ts";
import { knowledgeOf } from "../app/judge-of.ts";
import { searchableFile, type AnswerFile } from "../app/file/searchable.ts";
import { padBatch } from "../embed/batch.ts";
import type { Embedder } from "../embed/embedder.ts";
import type { ModelPackage } from "../embed/model-package.ts";
import { openWasmStudent } from "../embed/wasm-student.ts";
import { parseLexicon } from "../judge/chance/lexicon.ts";
import { encode, type StudentInput } from "../text/encode.ts";
import { buildTables, parseCharacters } from "../text/tables.ts";
import { WordColumns } from "../text/word-columns.ts";
import { WordTrie } from "../text/word-trie.ts";
import { userWords, type WordWeights } from "../text/word-weight.ts";
import { createMatrix } from "../vector/matrix.ts";
import { MODULES, parseRows, PARTS, unpackVectors, type PackedAbout } from "../app/file/packed.ts";
import { modules } from "./wasm-file.ts";

/** The part of the browser that is used here; src/ is compiled for Node.js. */
interface Browser {
  document: { getElementById(id: string): { textContent: string; remove(): void } };
  atob(text: string): string;
  answer?: unknown;
}
const browser = globalThis as unknown as Browser;

async function part(id: string): Promise<Uint8Array> {
  const element = browser.document.getElementById(id);
  const text = browser.atob(element.textContent.trim());
  element.remove(); // 15 MB of text that nothing needs any more
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(unpacked).arrayBuffer());
}

/** Unpacks what the page holds, and gives what answers a question as `ltd-index match --local` does. */
async function open(): Promise<{
  about: PackedAbout;
  rows: number;
  ask: (question: string, limit?: number) => Promise<MatchResult>;
}> {
  for (const name of MODULES) modules.set(name, await part(`wasm-${name}`));
  const [graph, words, characters, json, lines, vectors] = await Promise.all(PARTS.map(part));
  const decoder = new TextDecoder();
  const about = JSON.parse(decoder.decode(json)) as PackedAbout;
  const columns = WordColumns.parse(words!);
  const { documents, embeddedWords } = about.description.text;
  const tables = buildTables(parseCharacters(decoder.decode(characters)), columns, documents, embeddedWords);
  const model = { description: about.description, graph: graph!, tables, words: columns } as unknown as ModelPackage;
  const weights: WordWeights = new Map(
    about.sidecar.weights.map(([word, idf, frequency]) => [word, { idf, frequency }]),
  );
  const embedder = embedderOf(model, columns, weights);
  const judge = about.judge && { ...about.judge, lexicon: parseLexicon(about.judge.lexiconLines) };
  const rows = parseRows(decoder.decode(lines));
  const labels = new Map(rows.map(({ key }, label) => [JSON.stringify(key), label]));
  const file: AnswerFile = {
    path: about.index,
    sidecar: about.sidecar,
    search: new ExactSearch({
      rows: rows.length,
      dims: about.dims,
      data: unpackVectors(vectors!, rows.length, about.dims),
    }),
    rows: {
      labelOf: (key) => labels.get(JSON.stringify(key)),
      read: (wanted) => Promise.resolve(wanted.map((label) => rows[label]!)),
    },
  };
  const judged = judge === null ? undefined : { ...judge, knowledge: knowledgeOf(model, judge.lexicon) };
  const searchable = await searchableFile(file, embedder, judged);
  const ask = async (question: string, limit = 5) => (await match(searchable, [question], { limit }))[0]!;
  await ask("预热"); // the first question compiles what the others run
  return { about, rows: rows.length, ask };
}

function embedderOf(model: ModelPackage, columns: WordColumns, weights: WordWeights): Embedder {
  const { smoothing, maxChars } = model.description.text;
  const { dims } = model.description;
  const own = userWords(weights);
  const tables = own.size === 0 ? model.tables : { ...model.tables, words: new WordTrie([...columns], own) };
  const student = openWasmStudent(model.graph);
  const encodeText = (text: string) => encode(text, { tables, smoothing, maxChars, weights });
  const embedInputs = (inputs: readonly (StudentInput | undefined)[]) => {
    const matrix = createMatrix(inputs.length, dims);
    matrix.data.fill(Number.NaN);
    inputs.forEach((input, row) => {
      if (input !== undefined) matrix.data.set(student.run(padBatch([input])), row * dims);
    });
    return Promise.resolve(matrix);
  };
  return {
    model,
    dims,
    weights,
    encode: encodeText,
    embedInputs,
    embed: (texts) => embedInputs(texts.map(encodeText)),
    withWeights: () => embedderOf(model, columns, weights),
    close: () => Promise.resolve(),
  };
}

browser.answer = open();
