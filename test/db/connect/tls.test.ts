import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { openServer } from "../../../src/db/connect/server.ts";
import { describeServer } from "../../support/databases.ts";
import { makeCertificate, startProxy } from "../../support/tls-proxy.ts";

const certificate = makeCertificate();

describeServer("TLS", (databases) => {
  describe("as libpq has it", { skip: typeof certificate === "string" && certificate }, () => {
    if (typeof certificate === "string") return;
    let target: URL;
    let tls: Awaited<ReturnType<typeof startProxy>>;
    let plain: Awaited<ReturnType<typeof startProxy>>;
    before(async () => {
      target = new URL(await databases.createTarget());
      const server = { host: target.hostname, port: Number(target.port || 5432) };
      tls = await startProxy(server, certificate);
      plain = await startProxy(server);
    });
    after(() => {
      tls.close();
      plain.close();
      certificate.remove();
    });
    const urlOf = ({ port }: { port: number }, query: string, host = "127.0.0.1") => {
      const url = new URL(target);
      url.host = `${host}:${port}`;
      return `${url.href}?${query}`;
    };
    const opens = async (url: string) => {
      const database = await openServer(url);
      assert.deepEqual(await database.query("select 1 as one"), [{ one: 1 }]);
      await database.transaction((tx) => tx.query("select 1"));
      await database.close();
    };
    const refuses = (url: string, message: RegExp, hint: RegExp) =>
      assert.rejects(openServer(url), { name: "LtdError", code: "database", message, hint });

    it("require and prefer encrypt without looking at the certificate", async () => {
      await opens(urlOf(tls, "sslmode=require"));
      await opens(urlOf(tls, "sslmode=prefer"));
      await opens(urlOf(tls, "ssl=true"));
    });

    it("verify-full looks at authority and name, verify-ca and a given authority at the authority", async () => {
      const root = `sslrootcert=${encodeURIComponent(certificate.file)}`;
      await opens(urlOf(tls, `sslmode=verify-full&${root}`, "localhost"));
      await opens(urlOf(tls, `sslmode=verify-ca&${root}`));
      await opens(urlOf(tls, `sslmode=require&${root}`));
      await refuses(
        urlOf(tls, "sslmode=verify-full", "localhost"),
        /certificate of .* is not trusted/,
        /sslrootcert=FILE/,
      );
      await refuses(urlOf(tls, `sslmode=verify-full&${root}`), /certificate of .* is not trusted/, /sslmode=require/);
    });

    it("a server on this machine that takes none without TLS is asked again with it", async () => {
      await opens(urlOf(tls, ""));
      await opens(urlOf(tls, "sslmode=allow"));
      await refuses(urlOf(tls, "sslmode=disable"), /refuses a connection without TLS/, /sslmode=require/);
    });

    it("a server without TLS is asked without it by prefer, and not by require", async () => {
      await opens(urlOf(plain, "sslmode=prefer"));
      await opens(urlOf(plain, "sslmode=disable"));
      const nobody = urlOf(plain, "sslmode=allow").replace(/\/\/[^@]*@/, "//nobody:x@");
      for (const url of [nobody, nobody.replace("allow", "prefer")])
        await refuses(url, /refuses the login/, /user and the password/);
      await refuses(urlOf(plain, "sslmode=require"), /does not offer TLS/, /sslmode=prefer or disable/);
    });
  });
});
