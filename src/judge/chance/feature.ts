import { cover } from "./alignment.ts";
import { differences, missingNames, missingQuantities, type Difference } from "./difference.ts";
import { MOST_IDF, readLetters, readText, type Knowledge, type Reading } from "./reading.ts";

/** A row that was found for a question. */
export interface Candidate {
  readonly text: string;
  /** Cosine with the question. */
  readonly similarity: number;
}

/** What the judge sees, in the order in which its trees count. A change is another format of the judge file. */
export const FEATURES: readonly string[] = (
  "similarity lead background spread standing coverage rowCoverage worst rowWorst second rowSecond missing rowMissing weight " +
  "rowWeight characters rowCharacters pairs pairsLead crowd elsewhere length lengthRatio tokens rowTokens ideographs unknown " +
  "clashes names numbers bounds opposites things order denials asks namesMissing rowNamesMissing " +
  "numbersMissing rowNumbersMissing asksAlone rowAsksAlone thingsAlone rowThingsAlone oppositesAlone rowOppositesAlone partly negations"
).split(" ");

/** A number for each of {@link FEATURES}. */
export type Features = Readonly<Record<string, number>>;

/** The candidates that are read. */
export const CANDIDATES = 10;

/** What the judge reads in a question and its first row, and their differences. */
export interface Evidence {
  readonly features: Features;
  readonly differences: readonly Difference[];
}

/**
 * What a question, the row that was found first, and the different rows behind it show.
 *
 * @param candidates at least one, of different texts, nearest first; those behind the first {@link CANDIDATES} are not
 *   looked at
 */
export function evidenceOf(question: string, candidates: readonly Candidate[], knowledge: Knowledge): Evidence {
  return evidenceFor(question, candidates, knowledge)(candidates[0]!.text);
}

/** {@link evidenceOf} for several wordings of the first row; reads question and other rows once. */
export function evidenceFor(
  question: string,
  candidates: readonly Candidate[],
  knowledge: Knowledge,
): (wording: string) => Evidence {
  const near = candidates.slice(0, CANDIDATES);
  const asked = readText(question, knowledge);
  const others = near.slice(1).map(({ text }) => readLetters(text));
  const distance = distances(near.map(({ similarity }) => similarity));
  return (wording) => {
    const row = readText(wording, knowledge);
    const found = differences(asked, row);
    return {
      features: { ...distance, ...texts(asked, row, others), ...counts(asked, row, found) },
      differences: found,
    };
  };
}

/** How the first similarity stands out. */
function distances([first = 0, ...others]: readonly number[]): Features {
  const mean = others.length > 0 ? others.reduce((sum, each) => sum + each, 0) / others.length : 0;
  const variance = others.reduce((sum, each) => sum + (each - mean) ** 2, 0) / Math.max(1, others.length);
  return {
    similarity: first,
    lead: first - (others[0] ?? 0),
    background: first - mean,
    spread: (others[0] ?? 0) - (others.at(-1) ?? 0),
    standing: (first - mean) / (Math.sqrt(variance) + 0.02),
  };
}

/** How much of each text the other covers; `others` are the letters and digits of the other rows. */
function texts(asked: Reading, row: Reading, others: readonly string[]): Features {
  const [ofAsked, ofRow] = [cover(asked, row), cover(row, asked)];
  const [pairs, rowPairs] = [pairsOf(asked.bare), pairsOf(row.bare)];
  const [shared] = jaccards(row.bare, pairs, rowPairs);
  let [best, crowd] = [0, 0];
  for (const each of others) {
    const [withAsked, withRow] = jaccards(each, pairs, rowPairs);
    best = Math.max(best, withAsked);
    crowd = Math.max(crowd, withRow);
  }
  const elsewhere = ofAsked.uncovered.filter(({ text }) => others.some((each) => each.includes(text)));
  return {
    coverage: ofAsked.share,
    rowCoverage: ofRow.share,
    worst: ofAsked.worst,
    rowWorst: ofRow.worst,
    second: ofAsked.second,
    rowSecond: ofRow.second,
    missing: ofAsked.missing,
    rowMissing: ofRow.missing,
    weight: ofAsked.total,
    rowWeight: ofRow.total,
    characters: sharedCharacters(asked, row),
    rowCharacters: sharedCharacters(row, asked),
    pairs: shared,
    pairsLead: shared - best,
    crowd,
    elsewhere: elsewhere.reduce((most, { idf }) => Math.max(most, idf / MOST_IDF), 0),
    length: asked.bare.length,
    lengthRatio: Math.log((asked.bare.length + 1) / (row.bare.length + 1)),
    tokens: asked.content.length,
    rowTokens: row.content.length,
    ideographs: asked.normalized.match(/\p{Script=Han}/gu)?.length ?? 0,
    unknown: asked.content.filter(({ vector }) => vector === undefined).length / Math.max(1, asked.content.length),
  };
}

/** What is said differently, and what only one of them says. */
function counts(asked: Reading, row: Reading, found: readonly Difference[]): Features {
  const count = (...kinds: Difference["kind"][]) => found.filter(({ kind }) => kinds.includes(kind)).length;
  const [inAsked, inRow] = [asked.members, row.members];
  const alone = (a: typeof inAsked, b: typeof inAsked, kinds: readonly string[]) =>
    [...a].filter(([entry, { kind }]) => kinds.includes(kind) && !b.has(entry)).length;
  const partly = [...inAsked].filter(([entry, { forms }]) => {
    const other = inRow.get(entry);
    return (
      other !== undefined &&
      [...forms.keys()].some((member) => other.forms.has(member)) &&
      [...forms.keys()].some((member) => !other.forms.has(member))
    );
  }).length;
  return {
    clashes: found.filter(({ kind }) => kind !== "bound" && kind !== "ask").length,
    names: count("name"),
    numbers: count("number", "unit"),
    bounds: count("bound"),
    opposites: count("opposite"),
    things: count("thing", "role", "time"),
    order: count("order"),
    denials: count("negation"),
    asks: count("ask"),
    namesMissing: missingNames(asked, row).length,
    rowNamesMissing: missingNames(row, asked).length,
    numbersMissing: missingQuantities(asked.quantities, row.quantities).length,
    rowNumbersMissing: missingQuantities(row.quantities, asked.quantities).length,
    asksAlone: alone(inAsked, inRow, ["ask"]),
    rowAsksAlone: alone(inRow, inAsked, ["ask"]),
    thingsAlone: alone(inAsked, inRow, ["thing", "role", "time"]),
    rowThingsAlone: alone(inRow, inAsked, ["thing", "role", "time"]),
    oppositesAlone: alone(inAsked, inRow, ["opposite"]),
    rowOppositesAlone: alone(inRow, inAsked, ["opposite"]),
    partly,
    negations: negations(asked.normalized) - negations(row.normalized),
  };
}

export const NEGATION = "不(?!是不|能不)|没|无法|未|别";
export const NO_NEGATION = "能不能|可不可以|是不是|会不会|有没有|要不要|行不行|好不好|对不对|不好意思";

const negation = new RegExp(NEGATION, "g");
const noNegation = new RegExp(NO_NEGATION, "g");

function negations(text: string): number {
  return text.replaceAll(noNegation, "").match(negation)?.length ?? 0;
}

function pairsOf(text: string): Set<string> {
  const pairs = new Set<string>();
  for (let at = 0; at + 1 < text.length; at++) pairs.add(text.slice(at, at + 2));
  return pairs;
}

/** How alike the pairs of a text are to those of two others: shared ones over all, in [0, 1]. */
function jaccards(text: string, a: ReadonlySet<string>, b: ReadonlySet<string>): [number, number] {
  let [size, inA, inB] = [0, 0, 0];
  for (let at = 0; at + 1 < text.length; at++) {
    const pair = text.slice(at, at + 2);
    if (text.indexOf(pair) < at) continue; // counted before
    size++;
    if (a.has(pair)) inA++;
    if (b.has(pair)) inB++;
  }
  return [inA / Math.max(1, size + a.size - inA), inB / Math.max(1, size + b.size - inB)];
}

/** Share of the characters of a text's content that the other text has. */
function sharedCharacters({ content }: Reading, { normalized }: Reading): number {
  const characters = [...new Set(content.map(({ text }) => text).join(""))];
  return characters.length === 0
    ? 1
    : characters.filter((each) => normalized.includes(each)).length / characters.length;
}
