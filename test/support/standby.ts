import { postgresContainer } from "./container.ts";
import { until } from "./until.ts";
import type { Database } from "../../src/db/database.ts";

/** A server with a hot standby that follows it, both in one container. */
export interface StandbyPair {
  readonly primary: string;
  readonly standby: string;
  stop(): Promise<void>;
}

/** Starts a server, and a standby of it as `pg_basebackup` makes one. */
export async function startStandbyPair(): Promise<StandbyPair> {
  const container = await postgresContainer()
    .withExposedPorts(5432, 5433)
    .withCommand(["postgres", "-c", "fsync=off"])
    .start();
  const run = async (command: string): Promise<void> => {
    const { exitCode, output } = await container.exec(["sh", "-c", command], { user: "postgres" });
    if (exitCode !== 0) throw new Error(`${command}: ${output}`);
  };
  await run("pg_basebackup --no-password --username app --pgdata /tmp/standby --write-recovery-conf --checkpoint fast");
  await run("pg_ctl --pgdata /tmp/standby --options '-p 5433' --log /tmp/standby.log --wait start");
  const address = (port: number) => `postgres://app:app@${container.getHost()}:${container.getMappedPort(port)}/app`;
  return { primary: address(5432), standby: address(5433), stop: async () => void (await container.stop()) };
}

/** Waits until a standby has applied all that its primary has written. */
export async function untilApplied(primary: Database, standby: Database): Promise<void> {
  // commits are synchronous there: what was committed has been written
  const [written] = await primary.query<{ lsn: string }>("select pg_current_wal_lsn()::text as lsn");
  await until("the standby has applied what was written", async () => {
    const [row] = await standby.query<{ has: boolean }>("select pg_last_wal_replay_lsn() >= $1::pg_lsn as has", [
      written!.lsn,
    ]);
    return row!.has;
  });
}
