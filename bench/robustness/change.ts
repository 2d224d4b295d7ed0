import type { Random } from "../../src/vector/random.ts";

/** Something that happens to a text between what was meant and what is typed. */
export interface Change {
  /** What kind it is. */
  group: string;
  name: string;
  /** Gives the text itself where there is nothing to change. */
  apply(text: string, random: Random): string;
}
