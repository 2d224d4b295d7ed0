import { type ConnectionOptions, parse, toClientConfig } from "pg-connection-string";
import { LtdError } from "../../errors.ts";

/** The settings of a connection of node-postgres. */
type ClientConfig = ReturnType<typeof toClientConfig>;

/** A server as a URL names it, for node-postgres. */
export interface ServerAddress {
  readonly config: ClientConfig;
  /** How to connect, in the order of the attempts: `prefer` and `allow` have two. */
  readonly ssl: readonly NonNullable<ClientConfig["ssl"]>[];
}

type Ssl = ServerAddress["ssl"][number];

const MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;

/** Parameters of libpq that node-postgres has another name for, or that are read here. */
const READ = new Set([
  "host",
  "port",
  "user",
  "password",
  "dbname",
  "application_name",
  "options",
  "connect_timeout",
  "ssl",
  "sslmode",
  "sslcert",
  "sslkey",
  "sslpassword",
  "sslrootcert",
]);
/** Parameters that change nothing here, with the values that may be given. */
const NEEDLESS: Readonly<Record<string, RegExp>> = {
  client_encoding: /^(utf-?8|auto|unicode)$/i,
  fallback_application_name: /./,
  keepalives: /^1$/,
  keepalives_idle: /./,
  keepalives_interval: /./,
  keepalives_count: /./,
  tcp_user_timeout: /./,
  target_session_attrs: /^any$/,
  load_balance_hosts: /^disable$/,
  gssencmode: /^(disable|prefer)$/,
  channel_binding: /^(disable|prefer)$/,
  sslcompression: /^0$/,
  sslnegotiation: /^postgres$/,
  uselibpqcompat: /^true$/,
};
/** Why others are refused that libpq knows. */
const REFUSED: Readonly<Record<string, string>> = {
  service: "service files are not read: write host, port, user and database into the URL",
  hostaddr: "write the address as the host",
  passfile: "name the file in PGPASSFILE",
  channel_binding: "node-postgres cannot insist on channel binding: leave it out, and use sslmode=verify-full",
  target_session_attrs: "name the server that is meant",
  load_balance_hosts: "name the server that is meant",
};

/**
 * Reads `postgres://user:password@host:port/database?parameters` as libpq does, TLS included. By default `sslmode` is
 * `prefer`, and `allow` for this machine itself. PGHOST and the like fill in what is left out.
 *
 * Source: PostgreSQL, libpq, Connection URIs and SSL Support.
 * @throws LtdError "usage" for what libpq would read differently or not at all; no part of the URL is repeated, as any
 *   may be of a password
 */
export function parseServerUrl(url: string, environment: NodeJS.ProcessEnv = process.env): ServerAddress {
  const { base, parameters } = split(url);
  for (const [name, value] of parameters) requireParameter(name, value);
  for (const name of ["sslmode", "sslcert", "sslkey", "sslrootcert"]) {
    const given = environment[`PG${name.toUpperCase()}`];
    if (given && !parameters.has(name) && !parameters.has("ssl")) parameters.set(name, given);
  }
  const database = parameters.get("dbname");
  const timeout = parameters.get("connect_timeout");
  const ssl = sslOf(parameters, hostOf(base, parameters, environment));
  const done = (name: string) =>
    name.startsWith("ssl") || name in NEEDLESS || ["dbname", "connect_timeout"].includes(name);
  for (const name of Array.from(parameters.keys()).filter(done)) parameters.delete(name);
  const config = toClientConfig(parse(`${base}?${parameters.toString()}`));
  if (database !== null) config.database = database;
  if (timeout !== null) config.connectionTimeoutMillis = connectTimeoutMs(timeout);
  return { config, ssl };
}

/** Splits where libpq does, and refuses what it would take for something else than was meant. */
function split(url: string): { base: string; parameters: URLSearchParams } {
  const found = /^postgres(?:ql)?:\/\/([^/?]*)(\/[^?]*)?(?:\?(.*))?$/s.exec(url);
  if (found === null) throw unreadable("it does not begin with postgres://");
  const [, authority = "", path = "", query = ""] = found;
  if (/%(?![0-9a-f]{2})/i.test(url)) throw unreadable("a % is not followed by two hexadecimal digits");
  if (/[#\s\p{Cc}]/u.test(url)) throw unreadable("it has a #, a blank or a control character");
  const parts = authority.split("@");
  if (parts.length > 2 || path.includes("@")) throw unreadable("it has an @ in the user, the password or the database");
  const address = parts.at(-1)!;
  if (address.includes(",")) throw refuse("it names several hosts", "name the server that is meant");
  if (!/^(\[[0-9a-f:.%]+\]|[\w.%-]*)(:\d*)?$/i.test(address))
    throw unreadable("its host is not a host name, or its port is not a number");
  if (path.indexOf("/", 1) > 0) throw unreadable("it has a second / behind the host");
  const parameters = query === "" ? [] : query.split("&");
  if (parameters.some((parameter) => parameter.split("=").length !== 2))
    throw unreadable("it has a parameter that is not written name=value");
  const user = parts.length === 2 ? `${parts[0]}@` : "";
  // a URL has no empty host behind a user
  return {
    base: `postgres://${user}${address}${path === "" ? "/" : path}`,
    parameters: new URLSearchParams(query.replaceAll("+", "%2B")),
  };
}

function requireParameter(name: string, value: string): void {
  if (name === "host" && value.includes(",")) throw refuse("it names several hosts", "name the server that is meant");
  if (READ.has(name) || NEEDLESS[name]?.test(value)) return;
  const why = REFUSED[name] ?? `leave it out; these are read: ${[...READ].join(", ")}`;
  // what follows a ? can be the rest of a password
  const what = name in REFUSED || name in NEEDLESS ? `the parameter ${name}` : "an unknown parameter";
  throw refuse(`it has ${what}`, why);
}

function hostOf(base: string, parameters: URLSearchParams, environment: NodeJS.ProcessEnv): string {
  const { host } = parse(base) as ConnectionOptions;
  return parameters.get("host") || host || environment["PGHOST"] || "localhost";
}

function sslOf(parameters: URLSearchParams, host: string): readonly Ssl[] {
  const isLocal = host.startsWith("/") || /^(localhost|127\.[\d.]+|::1)$/.test(host);
  const ssl = parameters.get("ssl");
  if (ssl !== null && ssl !== "true") throw refuse("its ssl is not true", "write sslmode=disable, or another mode");
  const given = parameters.get("sslmode") ?? (ssl === "true" ? "require" : isLocal ? "allow" : "prefer");
  const mode = given === "no-verify" ? "require" : MODES.find((each) => each === given);
  if (mode === undefined) throw refuse("its sslmode is unknown", `sslmode is one of ${MODES.join(", ")}`);
  // no server speaks TLS on a socket of the file system
  if (mode === "disable" || host.startsWith("/")) return [false];
  const tls = tlsOf(parameters, mode);
  if (mode === "allow") return [false, tls];
  return mode === "prefer" ? [tls, false] : [tls];
}

/** The settings of TLS that `pg-connection-string` reads, with the meaning that they have for libpq. */
function tlsOf(parameters: URLSearchParams, mode: (typeof MODES)[number]): Ssl {
  const isSystem = parameters.get("sslrootcert") === "system";
  if (isSystem && mode !== "verify-full")
    throw refuse("its sslrootcert is system", "this needs sslmode=verify-full, as for libpq");
  if (mode === "verify-ca" && !parameters.has("sslrootcert"))
    throw refuse("its sslmode is verify-ca", "name the file of the authority: sslrootcert=FILE; or use verify-full");
  const kept = new URLSearchParams({ sslmode: mode === "allow" ? "prefer" : mode });
  for (const name of ["sslcert", "sslkey", "sslrootcert"]) {
    const value = parameters.get(name);
    if (value !== null && !(isSystem && name === "sslrootcert")) kept.set(name, value);
  }
  try {
    const { ssl } = toClientConfig(parse(`postgres://?${kept.toString()}`, { useLibpqCompat: true }));
    const passphrase = parameters.get("sslpassword");
    return typeof ssl === "object" && passphrase !== null ? { ...ssl, passphrase } : ssl!;
  } catch (cause) {
    const { code, path } = cause as NodeJS.ErrnoException;
    throw refuse(
      `a file of its TLS settings cannot be read${path === undefined ? "" : `: ${path} (${code})`}`,
      "correct sslrootcert, sslcert or sslkey",
    );
  }
}

/** libpq: 0 and less are no limit, 1 is 2. */
function connectTimeoutMs(seconds: string): number {
  if (!/^-?\d+$/.test(seconds)) throw refuse("its connect_timeout is not a number", "give whole seconds");
  const whole = Number(seconds);
  return whole <= 0 ? 0 : 1000 * Math.max(2, whole);
}

function unreadable(why: string): LtdError {
  return new LtdError("usage", `DATABASE_URL cannot be read: ${why}`, {
    hint: "write postgres://user:password@host:5432/database, with special characters of user and password percent-encoded: @ is %40, # %23, / %2F, ? %3F, : %3A, % %25",
  });
}

function refuse(what: string, hint: string): LtdError {
  return new LtdError("usage", `DATABASE_URL cannot be used: ${what}`, { hint });
}
