import type { Queryable } from "../db/database.ts";
import type { IndexRecord, Key } from "../db/index-record.ts";
import { keyId } from "../db/statement/key.ts";
import { readSource } from "../db/source/source-row.ts";
import { parseTemplate, renderTemplate } from "./template.ts";

const CHUNK_KEYS = 10_000;

/** The texts of rows as they are now, by `keyId`; rows that are gone have none. */
export async function readTexts(
  database: Queryable,
  index: IndexRecord,
  keys: readonly Key[],
): Promise<Map<string, string>> {
  const template = parseTemplate(index.template);
  // what has an entry is indexed: the filter could fail for another row
  const indexed = { ...index, filter: null };
  const texts = new Map<string, string>();
  for (let start = 0; start < keys.length; start += CHUNK_KEYS) {
    for (const { key, values } of await readSource(database, indexed, keys.slice(start, start + CHUNK_KEYS))) {
      texts.set(keyId(key), renderTemplate(template, values));
    }
  }
  return texts;
}
