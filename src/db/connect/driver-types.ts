// @ts-expect-error the driver's own parsers have no types
import textParsers from "pg-types/lib/textParsers.js";

type Parse = (text: string) => unknown;

const parsers = new Map<number, Parse>();
(textParsers as { init(register: (type: number, parse: Parse) => void): void }).init((type, parse) =>
  parsers.set(type, parse),
);

/**
 * The parsers of values that the driver has by itself. An application may set others, for its pool or with
 * `pg.types.setTypeParser` for all: our results must not change with them.
 */
export const driverTypes = {
  getTypeParser: (type: number): Parse => parsers.get(type) ?? String,
};
