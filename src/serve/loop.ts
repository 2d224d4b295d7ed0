import type { Hono } from "hono";
import { accept, reject, setAside, undo } from "../app/shards/curate.ts";
import type { Database } from "../db/database.ts";
import { LtdError } from "../errors.ts";
import { withoutUndefined, writingBodyOf } from "./body.ts";
import { indexOf, type Indexes } from "./indexes.ts";
import { posts } from "./openapi.ts";

/**
 * Adds the routes by which a table learns: the votes of users, and what curators do.
 *
 * @param curated the database of the indexes; undefined: curators are refused
 */
export function addLoop(app: Hono, indexes: Indexes, curated: Database | undefined): void {
  app.post("/v1/feedback", async (c) => {
    const { index, questionId, helped, chosen, voter } = await writingBodyOf(c, posts["/v1/feedback"].schema);
    const vote = { questionId, helped, voter, ...(chosen !== undefined && { chosen }) };
    await indexOf(indexes, index).feedback(vote);
    return c.json({ ok: true });
  });
  const database = (): Database => {
    if (curated !== undefined) return curated;
    throw new LtdError("usage", "this server does not curate", { hint: "start it as ltd-index serve --curate" });
  };
  app.post("/v1/gaps", async (c) => {
    database();
    const { index, since, ...options } = await writingBodyOf(c, posts["/v1/gaps"].schema);
    const settings = { ...withoutUndefined(options), ...(since !== undefined && { since: new Date(since) }) };
    return c.json(await indexOf(indexes, index).gaps({ ...settings, signal: c.req.raw.signal }));
  });
  for (const [path, work] of [
    ["/v1/accept", accept],
    ["/v1/reject", reject],
  ] as const) {
    app.post(path, async (c) => {
      const { index, key, questions, ...options } = await writingBodyOf(c, posts[path].schema);
      const { name } = indexOf(indexes, index);
      return c.json(await work(database(), name, key, questions, withoutUndefined(options)));
    });
  }
  app.post("/v1/set-aside", async (c) => {
    const { index, action, questions, ...options } = await writingBodyOf(c, posts["/v1/set-aside"].schema);
    const { name } = indexOf(indexes, index);
    return c.json(await setAside(database(), name, action, questions, withoutUndefined(options)));
  });
  app.post("/v1/undo", async (c) => {
    const { index, ...options } = await writingBodyOf(c, posts["/v1/undo"].schema);
    const { name } = indexOf(indexes, index);
    return c.json(await undo(database(), name, withoutUndefined(options)));
  });
}
