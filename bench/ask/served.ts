import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { cliMain } from "../shared/cli-main.ts";
import { cpuSecondsOf } from "../shared/clock.ts";
import { KeptConnection } from "./kept-connection.ts";
import type { Opened } from "./opened.ts";

/** `ltd-index serve` in a process of its own, asked over one connection a client. */
export async function openServed(url: string, index: string, clients: number, limit: number): Promise<Opened> {
  const child = spawn(process.execPath, [cliMain(), "serve", index, "--port", "0", "--json"], {
    env: { ...process.env, DATABASE_URL: url },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  const { url: server } = JSON.parse(line) as { url: string };
  const all = await Promise.all(Array.from({ length: clients }, () => KeptConnection.open(server)));
  const idle = [...all];
  return {
    ask: async (question) => {
      const connection = idle.pop()!;
      const { status, body } = await connection.post("/v1/match", { index, question, limit });
      idle.push(connection);
      if (status !== 200) throw new Error(`serve: ${status} ${JSON.stringify(body)}`);
      return (body as { answers: unknown[] }).answers.length;
    },
    servedCpuSeconds: () => cpuSecondsOf(child.pid!),
    close: async () => {
      for (const connection of all) connection.close();
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}
