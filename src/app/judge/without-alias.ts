import type { Neighbour } from "../../db/ask/nearest.ts";
import { keyId } from "../../db/statement/key.ts";
import { bareText } from "../../text/normalize.ts";
import { rowOf } from "../../vector/matrix.ts";
import { meanWording } from "../../vector/mean-wording.ts";
import { dot } from "../../vector/product.ts";
import type { Found, Searchable } from "../ask/searchable.ts";
import { renderTemplate } from "../template.ts";

/**
 * Asks each question as if it were not an alias of its row. This shows how new questions are answered.
 *
 * The row's other aliases stay.
 */
export function withoutAlias(searchable: Searchable): Searchable {
  const find: Searchable["find"] = async (questions, vectors, ...how) => {
    const found = await searchable.find(questions, vectors, ...how);
    return Promise.all(found.map((each, at) => forget(searchable, each, questions[at]!, rowOf(vectors, at))));
  };
  return { ...searchable, find };
}

async function forget(
  { embedder, template }: Searchable,
  found: Found,
  question: string,
  vector: Float32Array,
): Promise<Found> {
  const { alias, near } = found;
  if (alias === undefined) return found;
  const asked = bareText(question);
  const at = near.findIndex(({ key }) => keyId(key) === keyId(alias.key));
  if (at < 0) return { ...found, alias: undefined };
  const row = near[at]!;
  const wordings = row.wordings.filter((wording) => bareText(wording) !== asked);
  const texts = await embedder.embed([renderTemplate(template, row.values), ...wordings]);
  const [own, ...others] = Array.from({ length: texts.rows }, (_, text) => rowOf(texts, text));
  const similarity = dot(vector, meanWording(own!, others));
  const rest: Neighbour[] = [...near.slice(0, at), ...near.slice(at + 1), { ...row, similarity, wordings }];
  return { ...found, alias: undefined, near: rest.toSorted((a, b) => b.similarity - a.similarity) };
}
