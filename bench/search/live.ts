import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { exactTokens } from "../../src/text/exact-token.ts";
import { normalize } from "../../src/text/normalize.ts";
import { Random } from "../../src/vector/random.ts";
import type { Faq } from "./faq.ts";

/** The FAQ tables of `live` in the development sets, each with the questions that one row answers, by the table's name. */
export function liveFaqs(folder: string): Map<string, Faq> {
  const live = join(folder, "live");
  const names = readdirSync(live).flatMap((file) =>
    file.endsWith(".rows.tsv") ? [file.slice(0, -".rows.tsv".length)] : [],
  );
  return new Map(names.map((name) => [name, readFaq(join(live, name))]));
}

function readFaq(path: string): Faq {
  const cells = (file: string) =>
    readFileSync(`${path}.${file}.tsv`, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => line.split("\t"));
  const rows = cells("rows");
  const places = new Map(rows.map(([key = ""], at) => [key, at]));
  const asked = cells("questions").filter(([, label = ""]) => /^[^,?]+$/.test(label) && places.has(label));
  return {
    corpus: rows.map(([, text = ""]) => text),
    queries: asked.map(([question = ""]) => question),
    right: asked.map(([, label = ""]) => places.get(label)!),
  };
}

/** How {@link tokenFaq} asks for a token. */
export const TOKEN_FORMS = ["alone", "in a sentence", "with a typo"] as const;

/**
 * Asks for the names, codes and numbers that one row of a table alone has, three characters or more: as they are, in other case and in a sentence that says
 * nothing else, or with two neighbouring letters exchanged.
 */
export function tokenFaq({ corpus }: Pick<Faq, "corpus">, form: (typeof TOKEN_FORMS)[number]): Faq {
  const rowsOf = new Map<string, number[]>();
  corpus.forEach((text, at) => {
    for (const token of exactTokens(text, normalize(text)).whole) rowsOf.set(token, [...(rowsOf.get(token) ?? []), at]);
  });
  const random = new Random(1);
  const faq: Faq = { corpus: [...corpus], queries: [], right: [] };
  for (const [token, rows] of rowsOf) {
    if (rows.length > 1 || token.length < 3) continue;
    const question =
      form === "alone"
        ? token
        : form === "in a sentence"
          ? `请问一下${token.toUpperCase()}是怎么回事`
          : typo(token, random);
    if (question === undefined) continue;
    faq.queries.push(question);
    faq.right.push(rows[0]!);
  }
  return faq;
}

/** A token with two neighbouring characters exchanged; undefined for one of fewer than five letters. */
function typo(token: string, random: Random): string | undefined {
  if (!/^[a-z]{5,}$/.test(token)) return undefined;
  const at = random.below(token.length - 1);
  const swapped = token.slice(0, at) + token[at + 1]! + token[at]! + token.slice(at + 2);
  return swapped === token ? undefined : swapped;
}
