/** Asks a front one question after the other, and says what came. May be killed at any moment. */
import { setTimeout } from "node:timers/promises";
import { LtdError, openDatabase, openIndex, type Index } from "../../src/index.ts";

/** What came of a question, as it is sent to the parent. */
export interface Told {
  readonly question: string;
  /** Of `match`; null: `search` was asked. */
  readonly decision: string | null;
  readonly found: readonly { readonly key: string; readonly similarity: number | null }[];
  readonly partial: readonly string[];
  /** In place of all this: it failed with another error than that a server is down. */
  readonly error?: string;
}

const [url, ...questions] = process.argv.slice(2) as [string, ...string[]];
const stop = new AbortController();
process.once("disconnect", () => process.exit());
process.once("SIGTERM", () => stop.abort());

const index = await open();
try {
  for (let at = 0; index && !stop.signal.aborted; at++) {
    const question = questions[Math.floor(Math.random() * questions.length)]!;
    process.send?.(await ask(index, question, at % 3 === 2));
    await setTimeout(20);
  }
} finally {
  await index?.close();
  if (process.connected) process.disconnect();
}

async function ask(index: Index, question: string, bySearch: boolean): Promise<Told> {
  try {
    if (bySearch) {
      const { hits, partial = [] } = await index.search(question);
      const found = hits.map(({ key, similarity }) => ({ key: key[0]!, similarity }));
      return { question, decision: null, found, partial };
    }
    const { decision, answers, partial = [] } = await index.match(question, { limit: 10 });
    const found = answers.map(({ key, similarity }) => ({ key: key[0]!, similarity }));
    return { question, decision, found, partial };
  } catch (error) {
    if (!(error instanceof LtdError)) throw error;
    return { question, decision: null, found: [], partial: [], error: `${error.code}: ${error.message}` };
  }
}

/** Waits for the database of the front; undefined when it is to end. */
async function open(): Promise<Index | undefined> {
  while (!stop.signal.aborted) {
    try {
      // closed with the process
      return await openIndex({ index: "faq", database: await openDatabase({ url }), threads: 1 });
    } catch (error) {
      if (!(error instanceof LtdError && error.code === "database")) throw error;
      await setTimeout(200);
    }
  }
  return undefined;
}
