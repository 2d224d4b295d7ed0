import { LtdError } from "../../errors.ts";
import { sqlState } from "../failure.ts";

/**
 * Connects in the first way that the server takes, as libpq does for `sslmode=prefer` and `allow`. At least one way.
 * Throws the error that says most.
 */
export async function inTurn<Way, Connection>(
  ways: readonly Way[],
  connect: (way: Way) => Promise<Connection>,
): Promise<Connection> {
  let failure: unknown;
  for (const way of ways) {
    try {
      return await connect(way);
    } catch (error) {
      // of a server without TLS the error of the attempt without it says more
      if (failure === undefined || !isWithoutTls(error)) failure = error;
      if (!isAboutTls(error)) break;
    }
  }
  throw failure;
}

/** Whether the server refused a connection with TLS, or one without. */
function isAboutTls(error: unknown): boolean {
  return /^(28000|EPROTO|ERR_SSL)/.test(sqlState(error) ?? "") || isWithoutTls(error);
}

function isWithoutTls(error: unknown): boolean {
  return error instanceof LtdError && /does not offer TLS/.test(error.message);
}
