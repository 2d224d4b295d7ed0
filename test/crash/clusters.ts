import { GenericContainer, Wait } from "testcontainers";
import { postgresImage } from "../support/container.ts";
import { until } from "../support/until.ts";

/** How a server ends: `QUIT` is Postgres' immediate shutdown, `KILL` leaves its backends to find out by themselves. */
export type EndSignal = "QUIT" | "KILL";

/** Several servers of their own, each of which can be killed. */
export interface Clusters {
  /** One address a server. */
  readonly urls: readonly string[];
  kill(server: number, signal: EndSignal): Promise<void>;
  /** Starts a server that was killed, and waits until it answers. */
  start(server: number): Promise<void>;
  stop(): Promise<void>;
}

const FIRST_PORT = 5_432;

/**
 * Starts servers in one container; what they have written stays when they are killed.
 *
 * The shell starts each again as soon as it is gone, but for one that is held down by a file.
 */
export async function startClusters(count: number): Promise<Clusters> {
  const all = Array.from({ length: count }, (_, server) => server);
  const ports = all.map((server) => FIRST_PORT + server);
  const container = await new GenericContainer(postgresImage)
    .withUser("postgres")
    .withEntrypoint(["sh", "-c"])
    .withCommand([scriptOf(all)])
    .withExposedPorts(...ports)
    .withHealthCheck({ test: ["CMD-SHELL", "true"], interval: 3_600_000 })
    .withWaitStrategy(Wait.forSuccessfulCommand(ports.map(isReady).join(" && ")).withStartupTimeout(120_000))
    .start();
  const run = (command: string) => container.exec(["sh", "-c", command], { user: "postgres" });
  return {
    urls: ports.map((port) => `postgres://app@${container.getHost()}:${container.getMappedPort(port)}/app`),
    async kill(server, signal) {
      await run(`touch /tmp/down.${server}; kill -${signal} $(head -n 1 /tmp/${server}/postmaster.pid)`);
      await until("the server is gone", async () => (await run(isReady(FIRST_PORT + server))).exitCode !== 0);
    },
    async start(server) {
      await run(`rm /tmp/down.${server}`);
      await until("the server is back", async () => (await run(isReady(FIRST_PORT + server))).exitCode === 0);
    },
    stop: async () => void (await container.stop()),
  };
}

function isReady(port: number): string {
  return `pg_isready --quiet --host localhost --port ${port} --username app --dbname app`;
}

function scriptOf(servers: readonly number[]): string {
  return `set -e
    initdb --pgdata /tmp/new --username app --auth trust --no-sync > /tmp/initdb.log
    echo 'host all all all trust' >> /tmp/new/pg_hba.conf
    echo 'create database app' | postgres --single -D /tmp/new postgres > /tmp/initdb.log
    serve() {
      cp -R /tmp/new /tmp/$1
      while :; do
        [ -e /tmp/down.$1 ] || postgres -D /tmp/$1 -p $((${FIRST_PORT} + $1)) -c listen_addresses='*' -c fsync=off || :
        sleep 0.2
      done
    }
    ${servers.map((server) => `serve ${server} &`).join(" ")}
    wait`;
}
