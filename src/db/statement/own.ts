const OPENING = "/* ltd-index ";

/**
 * SQL of this program, under the name that `pg_stat_activity` shows. A server runs it with the settings of
 * `ownSettings`: nothing in the schemas of a role's `search_path` can replace what it calls.
 */
export function own(sql: string, name: string): string {
  return `${OPENING}${name} */ ${sql}`;
}

/** Whether {@link own} made this text. */
export function isOwn(sql: string): boolean {
  return sql.startsWith(OPENING);
}

/** The SQL alone, to read or to run by hand. */
export function withoutName(sql: string): string {
  return isOwn(sql) ? sql.slice(sql.indexOf("*/ ") + 3) : sql;
}
