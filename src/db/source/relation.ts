import { LtdError } from "../../errors.ts";
import type { Queryable } from "../database.ts";
import { sqlState } from "../failure.ts";
import { similarNames } from "../../text/similar-names.ts";
import { statement, userStatement } from "../statement/statement.ts";

/** What the catalog says about a table, view or the like. */
export interface Relation {
  readonly oid: string;
  readonly schema: string;
  readonly table: string;
  readonly kind: string;
  readonly persistence: string;
  readonly isPartition: boolean;
  readonly inherits: boolean;
}

/**
 * The relation of this name, as SQL would find it. Throws LtdError("source") that names similar ones when there is
 * none.
 */
export async function findRelation(database: Queryable, name: string): Promise<Relation> {
  let found: Relation | undefined;
  try {
    const [named] = await database.query<{ oid: string | null }>(userStatement("source/find-table"), [name]);
    [found] = await database.query<Relation>(statement("source/describe-table"), [named?.oid ?? null]);
  } catch (error) {
    // invalid_parameter_value, invalid_name, syntax_error, feature_not_supported (a name of three parts)
    if (!["22023", "42602", "42601", "0A000"].includes(sqlState(error) ?? "")) throw error;
    throw new LtdError("source", `${JSON.stringify(name)} is not the name of a table`, {
      hint: "write table or schema.table; names with capitals, blanks or dots in double quotes: '\"My Table\"'",
      cause: error,
    });
  }
  if (found !== undefined) return found;
  const tables = await database.query<{ schema: string; table: string }>(statement("source/list-tables"));
  const names = new Map(tables.map((each) => [`${each.schema}.${each.table}`, each.table]));
  const unquoted = name.replaceAll('"', "");
  const similar = [
    ...new Set([
      ...[...names].filter(([, table]) => similarNames(unquoted, [table]).length > 0).map(([full]) => full),
      ...similarNames(unquoted, [...names.keys()]),
    ]),
  ].slice(0, 3);
  throw new LtdError("source", `there is no table ${name}`, { hint: hintFor(similar, [...names.keys()]) });
}

function hintFor(similar: readonly string[], all: readonly string[]): string {
  if (similar.length > 0) return `did you mean ${similar.join(" or ")}? (capitals and blanks need double quotes)`;
  if (all.length === 0) return "this database has no tables yet: create and fill one first";
  return `the tables are: ${all.slice(0, 8).join(", ")}${all.length > 8 ? ", …" : ""}`;
}

/** What keeps a relation from being a source, with its article; undefined when nothing does. */
export function whyNoSource(relation: Relation): string | undefined {
  if (relation.persistence === "t") return "a temporary table";
  if (relation.schema === "ltd") return "in the schema that is ltd-index's own";
  if (/^(information_schema|pg_.*)$/.test(relation.schema)) return "a table of the system";
  if (relation.inherits && relation.kind === "r" && !relation.isPartition) return "part of an inheritance tree";
  switch (relation.kind) {
    case "r":
    case "p":
    case "v":
    case "m":
    case "f":
      return undefined;
    default:
      return "no table";
  }
}
