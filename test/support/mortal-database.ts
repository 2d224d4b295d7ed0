import type { Database, Queryable } from "../../src/db/database.ts";

/**
 * The same database for a process that is killed: its `calls`-th statement and all later ones are never sent, and what it had not committed
 * is rolled back. `died` tells whether it came to that.
 */
export function mortal(database: Database, calls: number): { database: Database; died: () => boolean } {
  let left = calls;
  const live = () => {
    left -= 1;
    if (left <= 0) throw new Error("killed");
  };
  const wrap = (queryable: Queryable): Queryable => ({
    query: async (sql, parameters) => {
      live();
      return queryable.query(sql, parameters);
    },
    copyIn: async (sql, data) => {
      live();
      return queryable.copyIn(sql, data);
    },
    copyOut: async (sql, take) => {
      live();
      return queryable.copyOut(sql, take);
    },
    script: async (sql) => {
      live();
      return queryable.script(sql);
    },
  });
  const wrapped: Database = {
    ...wrap(database),
    kind: database.kind,
    name: database.name,
    transaction: (work) =>
      database.transaction(async (tx) => {
        const result = await work(wrap(tx));
        live(); // before the commit
        return result;
      }),
    pipeline: async (statements) => {
      live();
      return database.pipeline(statements);
    },
    table: async (sql) => {
      live();
      return database.table(sql);
    },
    listen: (channel, onNotice) => database.listen(channel, onNotice),
    close: async () => {},
  };
  return { database: wrapped, died: (): boolean => left <= 0 };
}
