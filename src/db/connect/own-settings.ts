/**
 * What our own statements run with, for one transaction. Limits that a role has for the queries of an application must
 * not end the build of an index; statements that ask (`readIndex`) keep them.
 */
const SETTINGS = {
  search_path: "pg_catalog, pg_temp",
  statement_timeout: "0",
  lock_timeout: "0",
  idle_in_transaction_session_timeout: "0",
};

/** The settings of a server of this `server_version_num`. */
function settingsOf(version: number): [name: string, value: string][] {
  return Object.entries(version >= 170_000 ? { ...SETTINGS, transaction_timeout: "0" } : SETTINGS);
}

/** One statement that makes the settings, for a pipeline that is a transaction by itself. */
export function ownSettings(version: number): string {
  const calls = settingsOf(version).map(([name, value]) => `pg_catalog.set_config('${name}', '${value}', true)`);
  return `select ${calls.join(", ")}`;
}

/**
 * Statements that make them in an open transaction. Unlike a query they take no snapshot: a lock can still come before
 * that.
 */
export function ownSettingsInTransaction(version: number): string {
  return settingsOf(version)
    .map(([name, value]) => `set local ${name} = ${value}`)
    .join("; ");
}
