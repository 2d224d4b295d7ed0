import type { CharacterClasses } from "../../text/character-class.ts";

/** What the functions that every student shares are made of. */
export interface FunctionParts {
  /** Similarity from which a negative question refuses. */
  readonly refusedFrom: number;
  /** Version of what an entry holds: see src/app/content-hash.ts. */
  readonly entryForm: string;
  readonly classes: CharacterClasses;
  readonly vectorSchema: string;
  /** Regular expressions of exact tokens and of what is none, and the characters of the shortest. */
  readonly tokens: {
    readonly token: string;
    readonly casePart: string;
    readonly shortest: number;
    readonly count: string;
  };
  /** Regular expressions of the judge. */
  readonly patterns: {
    readonly number: string;
    readonly noNumber: string;
    readonly digit: string;
    readonly units: string;
    readonly direction: string;
    readonly negated: string;
    readonly question: string;
    readonly negation: string;
    readonly noNegation: string;
  };
}
