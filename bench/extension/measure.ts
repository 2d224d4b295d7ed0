import { installSql } from "../../src/app/functions/install.ts";
import { init, loadModel, openDatabase, openIndex, type Database, type Index } from "../../src/index.ts";
import { measureLatency, type Latency } from "../shared/clock.ts";
import { readTitles } from "../shared/workload.ts";
import type { Target } from "../sync/measure.ts";

/** What a bench of this size measures. */
export interface ExtensionSettings {
  rows: number;
  /** Questions of the comparison of decisions; their latency is measured too. */
  questions: number;
  /** Inserts of a row each. */
  inserts: number;
}

/** The index kept by the database beside the one kept by the program, over the same rows in the same database. */
export interface ExtensionMeasurement {
  /** Seconds of `call ltd.sync` and of the program's sync, with the vector index, on one thread. */
  syncSeconds: { sql: number; program: number };
  /** Cosines of the vectors of each row. */
  cosine: { worst: number; below: number };
  /** Of the questions, those with the same decision, and those with the same first row. */
  same: { decisions: number; rows: number };
  match: { sql: Latency; library: Latency };
  /** `ltd.embed` of texts of 12 characters. */
  embed: Latency;
  /** A committed insert of one row, to an index whose rows are embedded at once, to one that queues them, and to no index. */
  insert: { immediate: Latency; queued: Latency; plain: Latency };
  /** Rows a second of statements of as many rows as `max_rows` allows. */
  immediateRowsPerSecond: number;
}

const STATEMENT_ROWS = 50;
const EMBEDDED_CHARACTERS = 12;

/** Measures it in an empty database. */
export async function measureExtension(target: Target, settings: ExtensionSettings): Promise<ExtensionMeasurement> {
  const database = await openDatabase(target);
  try {
    await init(database, await loadModel());
    await installSql(database);
    const titles = readTitles(settings.rows);
    for (const name of ["sql", "program", "immediate", "queued", "plain"])
      await database.query(`create table ${name} (id int primary key, title text)`);
    for (const name of ["sql", "program"]) {
      await database.query(`insert into ${name} ${ROWS}`, [titles]);
      await database.query("select ltd.add($1::regclass, '{title}')", [name]);
    }
    // as typed: without the end of the title that is indexed
    const asked = titles.slice(0, settings.questions).map((title) => Array.from(title).slice(0, -2).join(""));
    const index = await openIndex({ index: "program", database, threads: 1 });
    try {
      const program = await seconds(() => index.sync());
      const sql = await seconds(() => database.query("call ltd.sync('sql')"));
      const [cosine] = await database.query<{ worst: number; below: number }>(
        `select min(c.cosine) as worst, count(*) filter (where c.cosine < 0.999)::integer as below
         from (select 1 - (a.embedding <=> b.embedding) as cosine from ltd.entry_sql a join ltd.entry_program b using (key)) c`,
      );
      const compared = await compareMatch(database, index, asked);
      const texts = titles.map((title) => Array.from(title)).filter(({ length }) => length >= EMBEDDED_CHARACTERS);
      const embed = await measureLatency(
        texts.slice(0, settings.questions).map((text) => text.slice(0, EMBEDDED_CHARACTERS).join("")),
        (text) => database.query("select ltd.embed('sql', $1)", [text]),
      );
      const inserted = await measureInserts(database, asked, settings.inserts);
      return { syncSeconds: { sql, program }, cosine: cosine!, ...compared, embed, ...inserted };
    } finally {
      await index.close();
    }
  } finally {
    await database.close();
  }
}

const ROWS = "select n, t from unnest($1::text[]) with ordinality as u (t, n)";

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

async function compareMatch(
  database: Database,
  index: Index,
  asked: readonly string[],
): Promise<Pick<ExtensionMeasurement, "same" | "match">> {
  const bySql: { decision: string; key: string }[] = [];
  const byLibrary: typeof bySql = [];
  const sql = await measureLatency(asked, async (question) => {
    const [first] = await database.query<{ decision: string; key: string[] }>(
      "select decision, key from ltd.match('sql', $1)",
      [question],
    );
    bySql.push({ decision: first?.decision ?? "none", key: String(first?.key) });
  });
  const library = await measureLatency(asked, async (question) => {
    const { decision, answers } = await index.match(question);
    byLibrary.push({ decision, key: String(answers[0]?.key) });
  });
  const decided = bySql.filter(({ decision }, at) => decision === byLibrary[at]?.decision);
  const whole = bySql.filter(
    ({ decision, key }, at) => decision === byLibrary[at]?.decision && key === byLibrary[at].key,
  );
  return { same: { decisions: decided.length, rows: whole.length }, match: { sql, library } };
}

async function measureInserts(
  database: Database,
  asked: readonly string[],
  inserts: number,
): Promise<Pick<ExtensionMeasurement, "insert" | "immediateRowsPerSecond">> {
  await database.query("select ltd.add('immediate', '{title}', immediate => true), ltd.add('queued', '{title}')");
  for (const name of ["immediate", "queued"]) await database.query(`call ltd.sync('${name}')`);
  const insert = async (name: string): Promise<Latency> => {
    let id = 0;
    return measureLatency(asked.slice(0, inserts), (text) =>
      database.query(`insert into ${name} values ($1, $2)`, [++id, text]),
    );
  };
  const latencies = {
    immediate: await insert("immediate"),
    queued: await insert("queued"),
    plain: await insert("plain"),
  };
  const some = asked.slice(0, STATEMENT_ROWS);
  const took = await seconds(() =>
    database.query(`insert into immediate select 100000 + n, t from (${ROWS}) r`, [some]),
  );
  return { insert: latencies, immediateRowsPerSecond: some.length / took };
}
