import { LtdError } from "../../errors.ts";
import type { Queryable } from "../database.ts";
import { statement } from "../statement/statement.ts";

/** A model package that the database has seen. */
export interface ModelRecord {
  readonly id: string;
  /** Checksum of the package, as hexadecimal text. */
  readonly sha256: string;
  readonly dims: number;
  readonly maxChars: number;
}

/**
 * Records a model package; safe to repeat. It replaces another one of that id if no index uses that any more.
 *
 * @returns whether the record is new, so that the words of the model are to be loaded
 * @throws {LtdError} model: an index uses another package of that id
 */
export async function registerModel(database: Queryable, model: ModelRecord): Promise<boolean> {
  const [known] = await database.query<{ sha256: string; isNew: boolean }>(statement("schema/register-model"), [
    model.id,
    model.sha256,
    model.dims,
    model.maxChars,
  ]);
  if (known !== undefined && known.sha256 !== model.sha256) throw anotherModel(model.id, known.sha256, model.sha256);
  return known?.isNew ?? true;
}

/** The model packages that the database has seen. */
export function listModels(database: Queryable): Promise<ModelRecord[]> {
  return database.query<ModelRecord>(statement("schema/list-models"));
}

/** The error for a model package whose id the database knows with another checksum. */
export function anotherModel(id: string, known: string, given: string): LtdError {
  return new LtdError(
    "model",
    `the database has another model with the id ${id}: sha256 ${known.slice(0, 12)}…, not ${given.slice(0, 12)}…`,
    {
      hint: "use the version of ltd-index that this database was filled with, or give the changed model a new id; or remove the indexes that use it (`ltd-index remove <index> --keep` keeps aliases, weights and thresholds) and its SQL functions (`ltd-index sql uninstall`), run `ltd-index init`, and add the indexes again",
    },
  );
}
