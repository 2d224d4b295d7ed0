import { PostgreSqlContainer } from "@testcontainers/postgresql";
import { Wait } from "testcontainers";

/** The image of docker-compose.yml, or another one (`pgvector/pgvector:pg18`). */
export const postgresImage = process.env["LTD_TEST_IMAGE"] ?? "pgvector/pgvector:pg17";

/**
 * A PostgreSQL that is ready when it has started: user, password and database are `app`.
 *
 * It is asked whether it is ready only until it is. The health check of Testcontainers would go on four times a second,
 * which takes a fifth of a core; and a check that is killed for its slowness becomes a child of Postgres, process 1,
 * which takes it for a crashed backend.
 */
export function postgresContainer(): PostgreSqlContainer {
  return new PostgreSqlContainer(postgresImage)
    .withDatabase("app")
    .withUsername("app")
    .withPassword("app")
    .withSharedMemorySize(1024 ** 3) // Docker's 64 MB are too few where two suites run parallel queries and builds
    .withHealthCheck({ test: ["CMD-SHELL", "true"], interval: 3_600_000 })
    .withWaitStrategy(Wait.forSuccessfulCommand("pg_isready --host localhost --username app --dbname app"));
}
