import type { DatabaseConnection, Driver, QueryResult } from "kysely";
import * as kysely from "kysely";
import pg from "pg";
import type { Database } from "../../src/db/database.ts";
import { openDatabase } from "../../src/db/connect/open.ts";
import type { TestDatabases } from "./databases.ts";

/** A new database, and a Kysely on it as a user would make one; of the copy of Kysely that is given, as another version may be installed beside ours. */
export async function userDatabase<Tables>(
  databases: TestDatabases,
  { Kysely, ...copy }: typeof kysely = kysely,
): Promise<{ database: Database; db: kysely.Kysely<Tables> }> {
  const target = await databases.createTarget();
  const isServer = databases.kind === "server";
  const database = await openDatabase(isServer ? { url: target } : { folder: target });
  const pool = isServer ? new pg.Pool({ connectionString: target }) : undefined;
  pool?.on("error", () => {}); // the database is dropped when the suite ends
  const dialect = pool
    ? new copy.PostgresDialect({ pool })
    : {
        createAdapter: () => new copy.PostgresAdapter(),
        createDriver: () => new EmbeddedDriver(database),
        createIntrospector: (db: kysely.Kysely<unknown>) => new copy.PostgresIntrospector(db),
        createQueryCompiler: () => new copy.PostgresQueryCompiler(),
      };
  const db = new Kysely<Tables>({ dialect: dialect as kysely.Dialect });
  return { database, db };
}

/** Kysely on the one connection of an embedded database. */
class EmbeddedDriver implements Driver {
  readonly #connection: DatabaseConnection;
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    this.#connection = {
      async executeQuery<Row>({ sql, parameters }: kysely.CompiledQuery): Promise<QueryResult<Row>> {
        return { rows: (await database.query(sql, parameters)) as Row[] };
      },
      streamQuery: () => {
        throw new Error("not needed here");
      },
    };
  }

  async init(): Promise<void> {}
  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }
  async beginTransaction(): Promise<void> {
    await this.#database.query("begin");
  }
  async commitTransaction(): Promise<void> {
    await this.#database.query("commit");
  }
  async rollbackTransaction(): Promise<void> {
    await this.#database.query("rollback");
  }
  async releaseConnection(): Promise<void> {}
  async destroy(): Promise<void> {}
}
