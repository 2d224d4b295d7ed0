import type { Queryable } from "../database.ts";
import type { IndexRecord } from "../index-record.ts";
import { changeTable, entryTable, sourceTable } from "../statement/key.ts";
import { statement } from "../statement/statement.ts";

/** What a server is and may, as far as an index depends on it. */
export interface ServerSettings {
  readonly version: string;
  /** 170004 is 17.4. */
  readonly versionNumber: number;
  readonly encoding: string;
  /** A standby: nothing can be written. */
  readonly inRecovery: boolean;
  readonly readOnly: boolean;
  /** `session_replication_role`. */
  readonly replicationRole: string;
  readonly sharedBuffers: string;
  readonly maintenanceMemory: string;
  readonly maintenanceBytes: number;
  readonly workMemory: string;
  readonly parallelWorkers: number;
  readonly role: string;
  readonly isSuperuser: boolean;
  readonly mayCreate: boolean;
  /** Whether the role sees what `remove --keep` has left. */
  readonly mayReadKept: boolean;
  /**
   * What ends the statements of the role, as `statement_timeout is 100ms`. Work of our own sets them aside, questions
   * do not.
   */
  readonly limits: readonly string[];
}

export async function serverSettings(database: Queryable): Promise<ServerSettings> {
  const [settings] = await database.query<ServerSettings>(statement("schema/server-settings"));
  return settings!;
}

/**
 * The pgvector of this database, its schema, and the version that the server could install. Null where there is none.
 */
export interface VectorExtension {
  readonly installed: string | null;
  readonly schema: string | null;
  readonly available: string | null;
}

export async function vectorExtension(database: Queryable): Promise<VectorExtension> {
  const [found] = await database.query<VectorExtension>(statement("schema/vector-extension"));
  return found ?? { installed: null, schema: null, available: null };
}

/** What the current role may do with an index. */
export interface IndexPrivileges {
  readonly mayRead: boolean;
  /** Row-level security of the source may hide rows from the role. */
  readonly hasHiddenRows: boolean;
  readonly ownsSource: boolean;
  readonly mayWork: boolean;
  readonly mayBuild: boolean;
}

export async function indexPrivileges(database: Queryable, index: IndexRecord): Promise<IndexPrivileges> {
  const [found] = await database.query<IndexPrivileges>(statement("schema/index-privileges"), [
    sourceTable(index),
    entryTable(index),
    changeTable(index),
  ]);
  return found!;
}
