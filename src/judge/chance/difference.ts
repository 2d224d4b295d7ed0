import type { LexiconKind } from "./lexicon.ts";
import { findDenial } from "./negation.ts";
import { findSwap } from "./order.ts";
import type { Quantity } from "./quantity.ts";
import type { Reading } from "./reading.ts";

/** What kind of thing two texts say differently. */
export type DifferenceKind =
  | "name"
  | "number"
  | "bound"
  | "unit"
  | "order"
  | "negation"
  | Exclude<LexiconKind, "filler" | "same">;

/** Something that two texts say differently, in the words of each. */
export interface Difference {
  readonly kind: DifferenceKind;
  readonly question: string;
  readonly row: string;
}

/**
 * What a question and a row say differently, of what must be the same: Latin names, numbers, units, who does what to
 * whom, and words that exclude each other. `bound`: numbers of which one bounds a range, which may be the same (63 岁,
 * 60 岁以上).
 */
export function differences(question: Reading, row: Reading): Difference[] {
  const swap = findSwap(question, row);
  const denial = findDenial(question, row);
  return [
    ...nameDifference(question, row),
    ...quantityDifferences(question.quantities, row.quantities),
    ...exclusions(question, row),
    ...(swap
      ? [{ kind: "order" as const, question: `${swap.first} … ${swap.second}`, row: `${swap.second} … ${swap.first}` }]
      : []),
    ...(denial ? [{ kind: "negation" as const, ...denial }] : []),
  ];
}

/** Latin names of `a` that `b` has not, also not as a part of another or with one letter wrong. */
export function missingNames(a: Reading, b: Reading): string[] {
  if (a.names.length === 0) return [];
  const written = b.normalized.replaceAll(/[^a-z]/g, "");
  return a.names.filter(
    (name) => !written.includes(name) && !(name.length > 3 && b.names.some((other) => isOneEdit(name, other))),
  );
}

function nameDifference(question: Reading, row: Reading): Difference[] {
  const asked = missingNames(question, row);
  const said = missingNames(row, question);
  return asked.length > 0 && said.length > 0 ? [{ kind: "name", question: asked.join(" "), row: said.join(" ") }] : [];
}

/** Numbers of `a` without an equal one in `b`. */
export function missingQuantities(a: readonly Quantity[], b: readonly Quantity[]): Quantity[] {
  return a.filter(({ value, unit }) => !b.some((other) => other.value === value && unitsMeet(unit, other.unit)));
}

const unitsMeet = (a: string, b: string): boolean => a === b || a === "" || b === "";

function quantityDifferences(asked: readonly Quantity[], said: readonly Quantity[]): Difference[] {
  const found: Difference[] = [];
  const left = missingQuantities(said, asked);
  for (const quantity of missingQuantities(asked, said)) {
    const sameValue = said.find(({ value }) => value === quantity.value);
    const other = left.find(({ unit }) => unitsMeet(unit, quantity.unit));
    const words = (of: Quantity) => ({ question: quantity.written, row: of.written });
    if (sameValue) found.push({ kind: "unit", ...words(sameValue) });
    else if (other) found.push({ kind: other.isBound || quantity.isBound ? "bound" : "number", ...words(other) });
  }
  return found;
}

/** Members of an entry of the lexicon of which question and row have different ones. */
function exclusions(question: Reading, row: Reading): Difference[] {
  const found: Difference[] = [];
  for (const [entry, asked] of question.members) {
    const other = row.members.get(entry);
    if (other === undefined || [...asked.forms.keys()].some((member) => other.forms.has(member))) continue;
    found.push({
      kind: asked.kind,
      question: [...asked.forms.values()].join(" "),
      row: [...other.forms.values()].join(" "),
    });
  }
  return found;
}

/** Whether two words differ by one letter that is missing, added or another. */
function isOneEdit(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  const [restA, restB] = [a.slice(start), b.slice(start)];
  return restA.slice(1) === restB.slice(1) || restA.slice(1) === restB || restA === restB.slice(1);
}
