import { requireArgument, kinds } from "../../check-arguments.ts";
import { LtdError } from "../../errors.ts";

/** A `Pool` of node-postgres (`pg`), by what is used of it. */
export interface PgPool {
  connect(): Promise<{ release(destroy?: boolean): void }>;
  readonly options: object;
  readonly ended?: boolean;
}

/**
 * Requires a pool of node-postgres that has not ended.
 *
 * @throws {LtdError} usage
 */
export function requirePool(given: unknown): PgPool {
  requireArgument("pool", given, kinds.pool);
  const pool = given as PgPool;
  if (pool.ended === true) throw new LtdError("usage", "the pool has ended", { hint: "open a new pg.Pool" });
  return pool;
}
