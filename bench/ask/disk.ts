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
  /** Tables of key and vector alone, with an HNSW index of the same settings: for fewer entries, as the size of one does not depend on their number. */
  bare: { rows: number } & Record<"vector" | "halfvec", VectorBytes>;
}

/** At most this many vectors are copied: their size grows with their number, and a graph of many takes long. */
const BARE_ROWS = 100_000;

/** Measures the entries of an index, and tables that are made of its vectors and dropped again. */
export async function measureDisk(database: Database, name: string): Promise<DiskMeasurement> {
  const [index] = await database.query<{ entry: string; dims: number }>(
    "select 'ltd.entry_' || i.id as entry, m.dims from ltd.index i join ltd.model m on m.id = i.model_id where i.name = $1 and i.state = 'live'",
    [name],
  );
  const { entry, dims } = index!;
  const some = `select embedding from ${entry} where embedding is not null limit ${BARE_ROWS}`;
  const [counted] = await database.query<{ rows: number }>(`select count(*)::int as rows from (${some})`);
  const measureBare = async (type: "vector" | "halfvec"): Promise<VectorBytes> => {
    await database.query(
      `create table ltd_bench_bare (key bigint generated always as identity primary key, embedding ${type}(${dims})) with (toast_tuple_target = 8160)`,
    );
    await database.query(`insert into ltd_bench_bare (embedding) ${some}`);
    await database.transaction(async (tx) => {
      await tx.query("set local maintenance_work_mem = '1GB'");
      // shared memory of a container may hold no graph
      await tx.query("set local max_parallel_maintenance_workers = 0");
      await tx.query(`create index on ltd_bench_bare using hnsw (embedding ${type}_cosine_ops)`);
    });
    const bytes = await bytesOf(database, "ltd_bench_bare");
    await database.query("drop table ltd_bench_bare");
    return bytes;
  };
  const [vector, halfvec] = [await measureBare("vector"), await measureBare("halfvec")];
  return { entries: await bytesOf(database, entry), bare: { rows: counted!.rows, vector, halfvec } };
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
