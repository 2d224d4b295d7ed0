import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openServer } from "../../../src/db/connect/server.ts";
import { parseServerUrl } from "../../../src/db/connect/server-url.ts";
import type { LtdError } from "../../../src/errors.ts";

const HOST = "db.example.com";

describe("the URL of a server", () => {
  const read = (url: string, environment: NodeJS.ProcessEnv = {}) => parseServerUrl(url, environment);
  const refused = (url: string, message: RegExp, hint: RegExp, environment: NodeJS.ProcessEnv = {}) =>
    assert.throws(
      () => read(url, environment),
      (error: LtdError) => {
        assert.deepEqual([error.name, error.code], ["LtdError", "usage"]);
        assert.match(error.message, message);
        assert.match(error.hint ?? "", hint);
        assert.doesNotMatch(`${error.message} ${error.hint} ${String(error.cause)}`, /Tr0ub4dor|2025|geheim/);
        return true;
      },
    );

  it("with a password that is not percent-encoded is refused, and no part of it is shown or connected to", async () => {
    for (const password of [
      "Tr0ub4dor@2025#x",
      "Tr0ub4dor@2025",
      "Tr0ub4dor#2025",
      "Tr0ub4dor/2025",
      "2025/Tr0ub4dor",
      "2025?Tr0ub4dor",
      "Tr0ub4dor%2025%",
      "Tr0ub4dor 2025",
      "Tr0ub4dor?2025",
      "2025?Tr0ub4dor=1",
    ]) {
      const url = `postgres://app:${password}@${HOST}/app`;
      refused(url, /^DATABASE_URL cannot be (read|used): /, /percent-encoded: @ is %40, # %23|^leave it out/);
      await assert.rejects(openServer(url), { code: "usage" }, password);
    }
    const { config } = read(`postgres://app:${encodeURIComponent("Tr0ub4dor@2025#/?:% x")}@${HOST}/app`);
    assert.deepEqual(
      [config.user, config.password, config.host, config.database],
      ["app", "Tr0ub4dor@2025#/?:% x", HOST, "app"],
    );
  });

  it("names host, port, database and user as libpq reads them", () => {
    const of = (url: string) => {
      const { host, port, database, user } = read(url).config;
      return [host || null, port ?? null, database ?? null, user || null];
    };
    assert.deepEqual(of(`postgresql://app@${HOST}:6432/shop`), [HOST, 6432, "shop", "app"]);
    assert.deepEqual(of("postgres://[::1]:5433/shop"), ["::1", 5433, "shop", null]);
    assert.deepEqual(of("postgres:///shop?host=/var/run/postgresql&user=app"), [
      "/var/run/postgresql",
      null,
      "shop",
      "app",
    ]);
    assert.deepEqual(of("postgres://app@/shop?host=/run&port=5433"), ["/run", 5433, "shop", "app"]);
    assert.deepEqual(of("postgres://%2Frun%2Fpg/shop"), ["/run/pg", null, "shop", null]);
    assert.deepEqual(of(`postgres://${HOST}?dbname=shop`), [HOST, null, "shop", null]);
    assert.deepEqual(of(`postgres://${HOST}/${encodeURIComponent("商店")}`), [HOST, null, "商店", null]);
    assert.equal(
      read(`postgres://${HOST}/x?connect_timeout=5&application_name=a+b`).config.connectionTimeoutMillis,
      5000,
    );
    assert.equal(read(`postgres://${HOST}/x?application_name=a+b`).config.application_name, "a+b");
    assert.equal(read(`postgres://${HOST}/x?options=-c%20jit%3Doff`).config.options, "-c jit=off");
  });

  it("is refused with the reason where libpq would do what node-postgres cannot", () => {
    refused(`postgres://app@a,${HOST}/x`, /several hosts/, /the server that is meant/);
    refused(`postgres://app@a:1,${HOST}:2/x`, /several hosts/, /the server that is meant/);
    refused("postgres:///x?host=a,b", /several hosts/, /the server that is meant/);
    refused("postgres:///?service=prod", /parameter service/, /service files are not read/);
    refused(`postgres://${HOST}/x?hostaddr=1.2.3.4`, /parameter hostaddr/, /as the host/);
    refused(
      `postgres://${HOST}/x?target_session_attrs=read-write`,
      /parameter target_session_attrs/,
      /the server that is meant/,
    );
    refused(`postgres://${HOST}/x?channel_binding=require`, /parameter channel_binding/, /verify-full/);
    refused(`postgres://${HOST}/x?passfile=/x`, /parameter passfile/, /PGPASSFILE/);
    refused(`postgres://${HOST}/x?schema=public`, /unknown parameter/, /these are read: host, port/);
    refused(`postgres://${HOST}/x?sslmode=strict`, /sslmode is unknown/, /disable, allow, prefer, require/);
    refused(`postgres://${HOST}:http/x`, /port is not a number/, /percent-encoded/);
  });

  it("chooses TLS as libpq does: prefer, plain first on this machine, never on a socket", async () => {
    const kinds = (query: string, host = HOST, environment: NodeJS.ProcessEnv = {}) =>
      read(`postgres://${host}/x${query}`, environment).ssl.map((ssl) =>
        typeof ssl === "boolean"
          ? ssl
          : ssl.rejectUnauthorized === false
            ? "unchecked"
            : ssl.checkServerIdentity
              ? "authority"
              : "checked",
      );
    assert.deepEqual(kinds(""), ["unchecked", false]);
    assert.deepEqual(kinds("", "127.0.0.1"), [false, "unchecked"]);
    assert.deepEqual(kinds("?host=/run", ""), [false]);
    assert.deepEqual(kinds("?sslmode=disable"), [false]);
    assert.deepEqual(kinds("?sslmode=allow"), [false, "unchecked"]);
    assert.deepEqual(kinds("?sslmode=prefer", "localhost"), ["unchecked", false]);
    assert.deepEqual(kinds("?sslmode=require"), ["unchecked"]);
    assert.deepEqual(kinds("?ssl=true"), ["unchecked"]);
    assert.deepEqual(kinds("?sslmode=verify-full"), ["checked"]);
    assert.deepEqual(kinds("?sslmode=verify-full&sslrootcert=system"), ["checked"]);
    assert.deepEqual(kinds("", HOST, { PGSSLMODE: "disable" }), [false]);
    assert.deepEqual(kinds("?sslmode=require", HOST, { PGSSLMODE: "disable" }), ["unchecked"]);
    refused(`postgres://${HOST}/x?sslmode=verify-ca`, /verify-ca/, /sslrootcert=FILE/);
    refused(
      `postgres://${HOST}/x?sslmode=require&sslrootcert=/nowhere/ca.pem`,
      /cannot be read: \/nowhere\/ca\.pem \(ENOENT\)/,
      /sslrootcert/,
    );
    const folder = await mkdtemp(join(tmpdir(), "ltd-ca-"));
    await writeFile(join(folder, "ca.pem"), "CA");
    assert.deepEqual(kinds(`?sslmode=require&sslrootcert=${folder}/ca.pem`), ["authority"]);
    assert.deepEqual(kinds(`?sslmode=verify-full&sslrootcert=${folder}/ca.pem`), ["checked"]);
    await rm(folder, { recursive: true });
  });
});
