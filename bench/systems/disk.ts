import type { Database } from "../../src/index.ts";

/** Bytes of a table and of its HNSW index. */
export interface VectorBytes {
  table: number;
  index: number;
}

/** What an index takes on the server's disk. */
export interface DiskMeasurement {
  /** The entries as they are, with words, hashes and key. */
  entries: VectorBytes;
  /** Tables of key and vector alone, with an HNSW index of the same settings. */
  bare: Record<"vector" | "halfvec", VectorBytes>;
}

/** Measures the entries of the index `faq`, and of tables that are made of its vectors and dropped again. */
export async function measureDisk(database: Database): Promise<DiskMeasurement> {
  const [index] = await database.query<{ entry: string; dims: number }>(
    "select 'ltd.entry_' || i.id as entry, m.dims from ltd.index i join ltd.model m on m.id = i.model_id where i.name = 'faq'",
  );
  const { entry, dims } = index!;
  const measureBare = async (type: "vector" | "halfvec"): Promise<VectorBytes> => {
    await database.query(
      `create table bare (key bigint primary key, embedding ${type}(${dims})) with (toast_tuple_target = 8160)`,
    );
    await database.query(
      `insert into bare select key, embedding::${type} from ltd.entry_faq where embedding is not null`,
    );
    await database.transaction(async (tx) => {
      await tx.query("set local maintenance_work_mem = '1GB'");
      await tx.query(`create index on bare using hnsw (embedding ${type}_cosine_ops)`);
    });
    const bytes = await bytesOf(database, "bare");
    await database.query("drop table bare");
    return bytes;
  };
  return {
    entries: await bytesOf(database, entry),
    bare: { vector: await measureBare("vector"), halfvec: await measureBare("halfvec") },
  };
}

async function bytesOf(database: Database, table: string): Promise<VectorBytes> {
  const [row] = await database.query<{ table: string; index: string }>(
    `select pg_table_size($1::regclass)::text as table, coalesce(sum(pg_relation_size(x.indexrelid)), 0)::text as index
    from pg_index x join pg_class c on c.oid = x.indexrelid join pg_am a on a.oid = c.relam
    where x.indrelid = $1::regclass and a.amname = 'hnsw'`,
    [table],
  );
  return { table: Number(row!.table), index: Number(row!.index) };
}
