import { PGliteWorker } from "./node_modules/@electric-sql/pglite/dist/worker/index.js";

const TABLE = `create extension if not exists vector;
  create table if not exists public.faq (id bigint generated always as identity primary key, question text not null, answer text)`;

const element = (id) => document.getElementById(id);
const show = (text) => (element("state").textContent = text);

/** Opens the database. Only the first visit of a browser downloads and runs ltd.sql, and loads the sample. */
async function open() {
  const db = await PGliteWorker.create(new Worker("worker.js", { type: "module" }));
  const { rows } = await db.query("select to_regclass('ltd.index') is not null as ready");
  if (!rows[0].ready) {
    show("首次打开：正在安装语义检索（约 10–30 秒）…");
    await db.exec(TABLE);
    // the lines with a backslash are for psql
    await db.exec((await fetchText("ltd.sql")).replace(/^\\.*\n/gm, ""));
    await load(db, await (await fetchFile("faq.csv")).blob());
    await db.query("select ltd.add('public.faq', '{question}')");
  }
  await sync(db);
  return db;
}

async function fetchFile(name) {
  const response = await fetch(name);
  if (!response.ok) throw new Error(`${name}：HTTP ${response.status}`);
  return response;
}

const fetchText = async (name) => (await fetchFile(name)).text();

/** Puts the rows of a CSV file (question, answer) in the place of those of the table. If one is wrong, the table stays as it was. */
async function load(db, file) {
  const bytes = await file.arrayBuffer();
  const blob = new Blob([decode(bytes)]);
  await db.transaction(async (tx) => {
    await tx.query("delete from public.faq");
    await tx.query("copy public.faq (question, answer) from '/dev/blob' with (format csv, header match)", [], { blob });
  });
}

/** Spreadsheets in Chinese write UTF-8 with a byte order mark, or GB18030. */
function decode(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("gb18030").decode(bytes);
  }
}

async function sync(db) {
  show("正在计算向量…");
  await db.query("call ltd.sync('faq')");
  const { rows } = await db.query("select count(*)::int as count from public.faq");
  show(`${rows[0].count} 条问答已就绪，断网也能用`);
}

async function answer(db, question) {
  const { rows } = await db.query(
    `select decision, similarity, "row" ->> 'question' as question, "row" ->> 'answer' as answer from ltd.match('faq', $1, 3)`,
    [question],
  );
  const decision = rows[0]?.decision ?? "none";
  element("decision").textContent = { answer: "答案", suggest: "您是不是想问", none: "没有找到，转人工" }[decision];
  element("decision").className = decision;
  const shown = decision === "none" ? [] : decision === "answer" ? rows.slice(0, 1) : rows;
  element("answers").replaceChildren(
    ...shown.map((row) => {
      const item = document.createElement("li");
      const asked = document.createElement("b");
      asked.textContent = row.question;
      item.append(
        asked,
        ` ${row.answer ?? ""} `,
        Object.assign(document.createElement("small"), { textContent: row.similarity.toFixed(2) }),
      );
      return item;
    }),
  );
}

const fail = (error) => show(`出错了：${error.message}`);

/** Runs one piece of work at a time; what fails is shown. */
async function busy(work) {
  element("controls").disabled = true;
  try {
    await work();
  } catch (error) {
    fail(error);
  }
  element("controls").disabled = false;
}

try {
  const db = await open();
  element("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    void busy(() => answer(db, element("question").value));
  });
  element("file").addEventListener("change", ({ target }) => {
    const [file] = target.files;
    target.value = "";
    if (file) void busy(() => load(db, file).then(() => sync(db)));
  });
  element("controls").disabled = false;
} catch (error) {
  fail(error);
}
