import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { add } from "../../src/app/keep/add.ts";
import { init } from "../../src/app/keep/init.ts";
import { sync } from "../../src/app/keep/sync.ts";
import { verify } from "../../src/app/operate/verify.ts";
import { openServer } from "../../src/db/connect/server.ts";
import { getIndex } from "../../src/db/indexes/find-index.ts";
import { createEmbedder } from "../../src/embed/embedder.ts";
import { randomFrom } from "../support/random.ts";

/** What came of {@link killCurators}. */
export interface CurationResult {
  /** Lines of the journal, and those that were undone. */
  lines: number;
  undone: number;
  faults: string[];
}

const ROWS = 8;

/** Two curators accept and undo at once, and are killed at random. Afterwards the aliases must be exactly those of the lines that stand. */
export async function killCurators({
  url,
  kills,
  seed,
}: {
  url: string;
  kills: number;
  seed: number;
}): Promise<CurationResult> {
  const random = randomFrom(seed);
  const faults: string[] = [];
  const database = await openServer(url);
  const embedder = await createEmbedder({ threads: 1 });
  try {
    await init(database, embedder.model);
    await database.script(
      `create table faq (id int primary key, title text); insert into faq select g, '第' || g || '个问题' from generate_series(1, ${ROWS}) g`,
    );
    await add(database, embedder.model, { table: "faq", template: "{title}" });
    await sync(database, await getIndex(database, "faq"), embedder);
    const start = (name: string) => {
      const child = fork(join(import.meta.dirname, "curator.ts"), [url, name, String(ROWS)]);
      return { child, ready: Promise.race([once(child, "message"), once(child, "exit")]) };
    };
    let other = start("other");
    for (let kill = 1; kill <= kills; kill++) {
      const curator = start(`curator ${kill}`);
      await Promise.all([curator.ready, other.ready]);
      await setTimeout(random() * 400);
      for (const { child } of kill % 2 === 0 ? [curator, other] : [curator]) {
        if (child.exitCode !== null) faults.push(`a curator ended by itself with ${child.exitCode}`);
        else if (child.kill("SIGKILL")) await once(child, "exit");
      }
      if (kill % 2 === 0) other = start("other");
      // what a killed session had begun is rolled back once the server notices
      faults.push(
        ...(await database.query<{ fault: string }>(DIFFERENCE)).map(({ fault }) => `after kill ${kill}: ${fault}`),
      );
    }
    await other.ready;
    if (other.child.kill("SIGKILL")) await once(other.child, "exit");
    await sync(database, await getIndex(database, "faq"), embedder);
    const result = await verify(database, await getIndex(database, "faq"), embedder);
    if (!result.ok) faults.push(`afterwards: ${JSON.stringify(result)}`);
    faults.push(...(await database.query<{ fault: string }>(DIFFERENCE)).map(({ fault }) => fault));
    const [counts] = await database.query<{ lines: number; undone: number }>(
      "select count(*)::int as lines, count(undone_at)::int as undone from ltd.curation",
    );
    return { ...counts!, faults };
  } finally {
    await embedder.close();
    await database.close();
  }
}

/** One snapshot: wordings of lines that stand without an alias of their row, aliases that no line stands for. */
const DIFFERENCE = `
  select format('%s of row %s: journal %s, alias %s', coalesce(j.alias, a.alias), coalesce(j.key, a.key), j.alias is not null, a.alias is not null) as fault
  from (select c.key, w.alias from ltd.curation c cross join unnest(c.wordings) as w (alias) where c.undone_at is null) j
  full join ltd.alias a on a.alias = j.alias and a.key = j.key
  where j.alias is null or a.alias is null`;
