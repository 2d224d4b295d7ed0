import { connect, type Socket } from "node:net";
import { once } from "node:events";

/** What a server answered. */
interface Reply {
  status: number;
  body: unknown;
}

const HEAD_END = "\r\n\r\n";
const CLOSED = "the server closed the connection";

/**
 * One HTTP/1.1 connection that stays open and posts JSON, one request at a time.
 *
 * It reads the status and content-length and no more: callers share the cores with the server they measure, and the
 * client of node:http takes three times the CPU.
 */
export class KeptConnection {
  readonly #socket: Socket;
  readonly #host: string;

  private constructor(socket: Socket, host: string) {
    this.#socket = socket;
    this.#host = host;
  }

  /** Connects to a server, named as `http://127.0.0.1:8080`. */
  static async open(url: string): Promise<KeptConnection> {
    const { hostname, port, host } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, "connect");
    return new KeptConnection(socket, host);
  }

  /** Posts a value to a path. Throws for an answer without content-length, and where the connection ends. */
  post(path: string, value: object): Promise<Reply> {
    if (this.#socket.destroyed) return Promise.reject(new Error(CLOSED));
    const body = JSON.stringify(value);
    const head = `POST ${path} HTTP/1.1\r\nhost: ${this.#host}\r\ncontent-type: application/json`;
    this.#socket.write(`${head}\r\ncontent-length: ${Buffer.byteLength(body)}${HEAD_END}${body}`);
    return new Promise((resolve, reject) => {
      let read: Buffer = Buffer.alloc(0);
      const settle = (end: () => void): void => {
        this.#socket.off("data", take).off("close", fail);
        end();
      };
      const take = (chunk: Buffer): void => {
        read = read.length === 0 ? chunk : Buffer.concat([read, chunk]);
        const at = read.indexOf(HEAD_END);
        if (at < 0) return;
        const answered = read.toString("latin1", 0, at);
        const length = /^content-length: (\d+)/im.exec(answered)?.[1];
        if (length === undefined) return settle(() => reject(new Error(`no content-length: ${answered}`)));
        const start = at + HEAD_END.length;
        if (read.length < start + Number(length)) return;
        const text = read.toString("utf8", start, start + Number(length));
        settle(() => resolve({ status: Number(answered.slice(9, 12)), body: JSON.parse(text) }));
      };
      const fail = (): void => settle(() => reject(new Error(CLOSED)));
      this.#socket.on("data", take).once("close", fail);
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}
