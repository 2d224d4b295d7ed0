import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TLSSocket } from "node:tls";

const SSL_REQUEST = 80_877_103;

/** A certificate of its own authority, for localhost. */
export interface Certificate {
  /** The file of the certificate, which is its authority too. */
  readonly file: string;
  readonly cert: Buffer;
  readonly key: Buffer;
  remove(): void;
}

/** Makes a certificate with the openssl of this machine; a line that says why not. */
export function makeCertificate(): Certificate | string {
  const folder = mkdtempSync(join(tmpdir(), "ltd-tls-"));
  const [file, key] = [join(folder, "server.crt"), join(folder, "server.key")];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"];
  const remove = () => rmSync(folder, { recursive: true });
  try {
    execFileSync(
      "openssl",
      ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", file, ...subject],
      {
        stdio: "pipe",
      },
    );
  } catch (error) {
    remove();
    return `openssl cannot make a certificate here: ${(error as Error).message.split("\n")[0]}`;
  }
  return { file, cert: readFileSync(file), key: readFileSync(key), remove };
}

/**
 * Stands before a PostgreSQL server: with a certificate it takes connections with TLS alone, as `hostssl` does, without one none of these.
 * Returns its port.
 */
export async function startProxy(target: { host: string; port: number }, tls?: Certificate) {
  const sockets = new Set<Socket>();
  const pass = (from: Socket, first?: Buffer) => {
    const to = connect(target.port, target.host);
    sockets.add(to);
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      one.on("error", () => other.destroy());
      one.pipe(other);
    }
    if (first) to.write(first);
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    const greet = (first: Buffer): void => {
      const wantsTls = first.length === 8 && first.readUInt32BE(4) === SSL_REQUEST;
      if (wantsTls && tls !== undefined) {
        socket.write("S");
        pass(new TLSSocket(socket, { isServer: true, cert: tls.cert, key: tls.key }));
      } else if (wantsTls) {
        socket.once("data", greet);
        socket.write("N");
      } else if (tls === undefined) pass(socket, first);
      else socket.end(noEncryption());
    };
    socket.once("data", greet);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** What a server says whose pg_hba.conf has `hostssl` alone. */
function noEncryption(): Buffer {
  const message = 'no pg_hba.conf entry for host "127.0.0.1", user "me", database "x", no encryption';
  const fields = Buffer.from(`SFATAL\0C28000\0M${message}\0\0`);
  const head = Buffer.alloc(5);
  head.write("E");
  head.writeUInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}
