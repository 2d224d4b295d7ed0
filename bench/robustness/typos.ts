import type { Change } from "./change.ts";
import type { Random } from "../../src/vector/random.ts";

const SHARE = 1 / 10;
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;
const IDEOGRAPH = /\p{Script=Han}/u;

/** Slips of the hand in 1 of 10 letters, ideographs and digits, at least one. */
export function typos(texts: readonly string[]): Change[] {
  const all = Array.from(texts.join("")).filter((character) => LETTER_OR_DIGIT.test(character));
  const similar = similarCharacters(all);
  const other = (character: string, random: Random): string => {
    const drawn = random.one(all);
    return drawn === character ? other(character, random) : drawn;
  };
  const typo = (name: string, slip: (characters: string[], at: number, random: Random) => void): Change => ({
    group: "typos, 1 in 10",
    name,
    apply(text, random) {
      const characters = Array.from(text);
      const positions = [...characters.keys()].filter((at) => LETTER_OR_DIGIT.test(characters[at]!));
      const drawn = random.some(positions, Math.max(1, Math.round(positions.length * SHARE)));
      for (const at of drawn) slip(characters, at, random);
      return characters.join("");
    },
  });
  return [
    typo("a character of similar sound", (characters, at, random) => {
      characters[at] = similar(characters[at]!, random);
    }),
    typo("any other character", (characters, at, random) => {
      characters[at] = other(characters[at]!, random);
    }),
    typo("dropped", (characters, at) => {
      if (characters.some((character, position) => position !== at && character !== "")) characters[at] = "";
    }),
    typo("doubled", (characters, at) => {
      characters[at] += characters[at]!;
    }),
    typo("swapped with the next", (characters, at) => {
      const next = characters[at + 1];
      if (next !== undefined) [characters[at], characters[at + 1]] = [next, characters[at]!];
    }),
  ];
}

/**
 * Swaps an ideograph for one of its two neighbours in the order of pinyin: mostly of the same syllable, which is the slip that people
 * who type pinyin make.
 */
function similarCharacters(all: readonly string[]): (character: string, random: Random) => string {
  const sorted = [...new Set(all)].filter((character) => IDEOGRAPH.test(character));
  sorted.sort(new Intl.Collator("zh-u-co-pinyin").compare);
  const positions = new Map(sorted.map((character, at) => [character, at]));
  return (character, random) => {
    const position = positions.get(character);
    if (position === undefined) return character;
    const neighbours = [sorted[position - 1], sorted[position + 1]].filter((neighbour) => neighbour !== undefined);
    return neighbours.length > 0 ? random.one(neighbours) : character;
  };
}
