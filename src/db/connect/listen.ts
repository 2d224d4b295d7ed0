import { quoteIdentifier } from "../statement/sql-text.ts";

/** What listening needs of a client of node-postgres that is not connected yet. */
export interface ListeningClient {
  on(event: "error" | "end", then: () => void): unknown;
  on(event: "notification", then: (message: { payload?: string | undefined }) => void): unknown;
  connect(): Promise<unknown>;
  query(sql: string): Promise<unknown>;
  end(): Promise<void>;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 15_000;

/**
 * `Database.listen` on connections of its own, which follow each other with growing pauses. Each is made by `create`.
 */
export async function listenOn(
  create: () => ListeningClient,
  channel: string,
  onNotify: (payload: string) => void,
): Promise<() => Promise<void>> {
  let stopped = false;
  let client: ListeningClient | undefined;
  let timer: NodeJS.Timeout | undefined;
  let attempts = 0;
  const connect = async (): Promise<void> => {
    const connecting = create();
    client = connecting;
    let isOver = false;
    // Node would end the process for an error without a listener; "end" and "error" may both come
    const again = (): void => {
      if (isOver || stopped) return;
      isOver = true;
      connecting.end().catch(() => {});
      const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** attempts++, LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2);
      timer = setTimeout(() => void connect(), pauseMs);
      timer.unref();
    };
    connecting.on("error", again);
    connecting.on("end", again);
    connecting.on("notification", ({ payload }) => onNotify(payload ?? ""));
    try {
      await connecting.connect();
      await connecting.query(`listen ${quoteIdentifier(channel)}`);
      if (attempts > 0) onNotify("");
      attempts = 0;
    } catch {
      again();
    }
  };
  await connect();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await client?.end().catch(() => {});
  };
}
