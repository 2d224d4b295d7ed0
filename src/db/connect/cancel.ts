import { connect } from "node:net";

/** A connection of node-postgres, with what the server says of it when it begins. */
interface Cancellable {
  readonly host: string;
  readonly port: number;
  readonly processID?: number | null;
  readonly secretKey?: number | null;
}

const CANCEL_REQUEST = 80_877_102;
/** Of a server that does not answer: the statement then ends by itself. */
const TIMEOUT_MS = 5_000;

/**
 * Asks the server to give up what it does for a connection. Resolves when it has the request, whatever becomes of it,
 * and never rejects.
 *
 * The signal has reached the backend by then, so that a statement sent afterwards is never hit by it. The request
 * travels on a connection of its own, without TLS, as libpq's does: it holds a random number and nothing else. Source:
 * PostgreSQL, Frontend/Backend Protocol, Canceling Requests in Progress.
 */
export function cancelStatement({ host, port, processID, secretKey }: Cancellable): Promise<void> {
  if (typeof processID !== "number" || typeof secretKey !== "number") return Promise.resolve();
  const request = Buffer.alloc(16);
  [request.length, CANCEL_REQUEST, processID, secretKey].forEach((word, at) => request.writeInt32BE(word, at * 4));
  return new Promise((resolve) => {
    const socket = host.startsWith("/") ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
    socket.on("connect", () => socket.write(request));
    socket.on("error", () => {});
    socket.on("close", () => resolve());
    // the server closes when it has passed the request on
    socket.on("end", () => socket.destroy());
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy());
    socket.resume();
  });
}
