import { connect } from "node:net";
import { createServer } from "node:net";
import { setTimeout } from "node:timers/promises";
import { postgresContainer } from "../support/container.ts";

/** A server of its own that can be stopped as if its power were cut. */
export interface CrashServer {
  readonly url: string;
  /** Stops it in immediate mode, that is without writing anything down, and starts it again. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a server in a container; what it has written stays over a crash. */
export async function startCrashServer(): Promise<CrashServer> {
  const port = await freePort(); // a fixed one: it must be the same after a restart
  const container = await postgresContainer().withExposedPorts({ container: 5432, host: port }).start();
  return {
    url: container.getConnectionUri(),
    async crash() {
      // SIGQUIT is Postgres' immediate shutdown; as process 1 it takes the container with it
      await container.exec(["sh", "-c", "kill -QUIT 1"]).catch(() => {});
      while (await isOpen(port)) await setTimeout(50);
      await container.restart({ timeout: 0 });
    },
    async stop() {
      await container.stop();
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const end = (isOpenNow: boolean) => {
      socket.destroy();
      resolve(isOpenNow);
    };
    // Docker's proxy takes connections for a container that is gone, and ends them at once: ask as a client would
    socket.on("connect", () => socket.write(Buffer.of(0, 0, 0, 8, 4, 210, 22, 47)));
    socket.on("data", () => end(true));
    socket.on("error", () => end(false));
    socket.on("close", () => end(false));
  });
}
