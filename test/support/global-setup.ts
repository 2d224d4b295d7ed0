import type { StartedPostgreSqlContainer } from "@testcontainers/postgresql";
import { postgresContainer } from "./container.ts";
import { embeddedTemplate } from "./templates.ts";

let container: StartedPostgreSqlContainer | undefined;

/**
 * Starts one PostgreSQL for the whole run and names it in LTD_TEST_DATABASE_URL, which the test processes inherit.
 *
 * A LTD_TEST_DATABASE_URL that is set already is taken as it is. Where no container can be started, the reason goes to
 * LTD_TEST_NO_SERVER and the suites that want a server are skipped; in CI the run fails instead.
 */
export async function globalSetup(): Promise<void> {
  await embeddedTemplate("installed"); // and with it the others
  if (process.env["LTD_TEST_DATABASE_URL"]) return;
  try {
    container = await postgresContainer()
      // Nothing in it outlives the run, so nothing needs to reach a disk.
      .withTmpFs({ "/var/lib/postgresql/data": "rw" })
      // logical: for the test of logical replication
      .withCommand([
        "postgres",
        "-c",
        "wal_level=logical",
        "-c",
        "fsync=off",
        "-c",
        "synchronous_commit=off",
        "-c",
        "full_page_writes=off",
      ])
      .start();
    process.env["LTD_TEST_DATABASE_URL"] = container.getConnectionUri();
  } catch (error) {
    const reason = `no PostgreSQL container: ${error instanceof Error ? error.message : String(error)}`;
    if (process.env["CI"]) throw new Error(`${reason}; in CI the suites against a server must run`, { cause: error });
    process.env["LTD_TEST_NO_SERVER"] = reason;
    console.error(
      `${reason}\nThe suites against a PostgreSQL server are skipped. Start Docker or set LTD_TEST_DATABASE_URL.`,
    );
  }
}

export async function globalTeardown(): Promise<void> {
  await container?.stop();
}
