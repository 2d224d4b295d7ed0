import { Hono, type Context } from "hono";
import { LtdError, type ErrorCode } from "../errors.ts";
import { fillPage, pageFile, pageScript, policySource, scriptOf } from "../page-file.ts";
import type { Database } from "../db/database.ts";
import { bodyOf, limitBody, withoutUndefined } from "./body.ts";
import { isToken } from "./http.ts";
import { indexOf, type Indexes } from "./indexes.ts";
import { addLoop } from "./loop.ts";
import type { Metrics } from "./metrics.ts";
import { openApi, posts } from "./openapi.ts";

/** Settings of {@link createApp}. */
export interface AppOptions {
  indexes: Indexes;
  metrics: Metrics;
  /** What callers must send as `Authorization: Bearer …`; without one everybody may ask. */
  token?: string | undefined;
  /** Requests that run at once; more are refused with 503. */
  mostAtOnce: number;
  /** Bytes of a request's body; more are refused with 413. */
  mostBytes: number;
  /** The database of the indexes, where callers may accept and reject questions; undefined: they may not. */
  curated?: Database | undefined;
}

/** Answers without a token: they say nothing of the rows. */
const OPEN = new Set(["/healthz", "/readyz"]);

type Status = 400 | 401 | 404 | 413 | 500 | 503;

const STATUS: Partial<Record<ErrorCode, Status>> = { usage: 400, input: 400, index: 404, database: 503, locked: 503 };

/** The HTTP interface of some open indexes: `app.fetch` takes a Request and gives a Response. */
export function createApp({ indexes, metrics, token, mostAtOnce, mostBytes, curated }: AppOptions): Hono {
  const app = new Hono();
  let running = 0;

  app.use(async (c, next) => {
    const started = performance.now();
    await next();
    const route = c.req.path in posts || c.req.path === "/v1/indexes" ? c.req.path : "other";
    metrics.request(route, c.res.status, (performance.now() - started) / 1000);
  });
  app.use(async (c, next) => {
    if (token !== undefined && !OPEN.has(c.req.path) && !isToken(c.req.header("authorization"), token)) {
      c.header("www-authenticate", "Bearer");
      return problem(c, 401, "usage", "the token is missing or wrong", "send it as Authorization: Bearer <token>");
    }
    return next();
  });
  app.use("/v1/*", async (c, next) => {
    if (running >= mostAtOnce) {
      c.header("retry-after", "1");
      return problem(c, 503, "locked", `${running} requests run already`, "ask again in a second");
    }
    running++;
    try {
      return await next();
    } finally {
      running--;
    }
  });
  app.use(
    "/v1/*",
    limitBody(mostBytes, (c) =>
      problem(c, 413, "input", `the body has more than ${mostBytes} bytes`, "ask in several requests"),
    ),
  );
  app.onError((error, c) => {
    if (error instanceof LtdError) return problem(c, STATUS[error.code] ?? 500, error.code, error.message, error.hint);
    return problem(c, 500, "database", "the request failed", "see the log of the server");
  });
  app.notFound((c) => problem(c, 404, "usage", `there is no ${c.req.method} ${c.req.path}`, "see /openapi.json"));

  app.get("/", (c) => page(c));
  app.get("/healthz", (c) => c.json({ ok: true }));
  app.get("/readyz", async (c) => {
    await statusOfAll(indexes);
    return c.json({ ok: true, indexes: [...indexes.keys()] });
  });
  app.get("/metrics", async (c) => c.text(await metrics.text(), 200, { "content-type": metrics.contentType }));
  app.get("/openapi.json", (c) => c.json(openApi()));
  app.get("/v1/indexes", async (c) => c.json({ indexes: await statusOfAll(indexes), curates: curated !== undefined }));
  addQuestions(app, indexes, metrics);
  addVectors(app, indexes);
  addLoop(app, indexes, curated);
  return app;
}

function statusOfAll(indexes: Indexes) {
  return Promise.all([...indexes.values()].map((index) => index.status()));
}

function addQuestions(app: Hono, indexes: Indexes, metrics: Metrics): void {
  app.post("/v1/match", async (c) => {
    const { index: name, question, ...options } = await bodyOf(c, posts["/v1/match"].schema);
    const index = indexOf(indexes, name);
    const settings = { ...withoutUndefined(options), signal: c.req.raw.signal };
    const questions = typeof question === "string" ? [question] : question;
    const results = await index.matchAll(questions, settings);
    for (const { decision } of results) metrics.decided(index.name, decision);
    return c.json(typeof question === "string" ? results[0] : { results });
  });
  app.post("/v1/search", async (c) => {
    const { index: name, question, ...options } = await bodyOf(c, posts["/v1/search"].schema);
    const settings = { ...withoutUndefined(options), signal: c.req.raw.signal };
    return c.json(await indexOf(indexes, name).search(question, settings));
  });
  app.post("/v1/similar", async (c) => {
    const { index: name, key, ...options } = await bodyOf(c, posts["/v1/similar"].schema);
    const settings = { ...withoutUndefined(options), signal: c.req.raw.signal };
    return c.json({ rows: await indexOf(indexes, name).similar(key, settings) });
  });
}

function addVectors(app: Hono, indexes: Indexes): void {
  const embed = async (c: Context, name: string | undefined, texts: readonly string[]) => {
    const { rows, dims, data } = await indexOf(indexes, name).embed(texts, { signal: c.req.raw.signal });
    return { dims, vectors: Array.from({ length: rows }, (_, row) => data.subarray(row * dims, (row + 1) * dims)) };
  };
  app.post("/v1/embed", async (c) => {
    const { index, texts } = await bodyOf(c, posts["/v1/embed"].schema);
    const { dims, vectors } = await embed(c, index, texts);
    // a text without a letter or digit has no vector
    return c.json({ dims, vectors: vectors.map((vector) => (Number.isNaN(vector[0]) ? null : Array.from(vector))) });
  });
  app.post("/v1/embeddings", async (c) => {
    const { input, model, encoding_format: format } = await bodyOf(c, posts["/v1/embeddings"].schema);
    const texts = typeof input === "string" ? [input] : input;
    // this API has a model instead of an index: it may name an index, and any other name means the first one
    const name = model !== undefined && indexes.has(model) ? model : [...indexes.keys()][0];
    const { vectors } = await embed(c, name, texts);
    const empty = vectors.findIndex((vector) => Number.isNaN(vector[0]));
    if (empty >= 0)
      throw new LtdError("input", `input ${empty} has no letter or digit, so it has no vector`, {
        hint: "leave it out",
      });
    const data = vectors.map((vector, at) => ({
      object: "embedding",
      index: at,
      embedding:
        format === "base64" ? Buffer.from(Float32Array.from(vector).buffer).toString("base64") : Array.from(vector),
    }));
    return c.json({ object: "list", data, model: model ?? name, usage: { prompt_tokens: 0, total_tokens: 0 } });
  });
}

/** An error as every route gives it. */
function problem(c: Context, status: Status, code: ErrorCode, message: string, hint?: string): Response {
  return c.json({ error: { code, message, hint: hint ?? null } }, status);
}

/** The page, and its policy: no other script runs in it. */
let html: { text: string; policy: string } | undefined;

function readPage(): { text: string; policy: string } {
  const shared = pageScript(["element", "ask"]);
  const text = fillPage("serve.html", {
    style: `<style>${pageFile("ask.css")}</style>`,
    script: `<script>${shared}</script>`,
  });
  const scripts = [shared, scriptOf("serve.html")].map(policySource).join(" ");
  const sources = `script-src ${scripts}; style-src 'unsafe-inline'; img-src data:`;
  const policy = `default-src 'none'; connect-src 'self'; ${sources}`;
  return { text, policy: `${policy}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'` };
}

function page(c: Context): Response {
  html ??= readPage();
  c.header("content-security-policy", html.policy);
  return c.html(html.text);
}
