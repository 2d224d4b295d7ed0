/** `answer`: the first answer can be given; `suggest`: ask "did you mean"; `none`: the table has nothing that means this. */
export type Decision = "answer" | "suggest" | "none";

/** What {@link decide} compares with. */
export interface Thresholds {
  /** Similarity from which the nearest row is the answer, in [-1, 1]. */
  readonly answer: number;
  /** Similarity from which rows are worth suggesting, at most `answer`. */
  readonly suggest: number;
  /** How far the nearest row must be before the second to be the answer, in [0, 2]; 0: as near is near enough. */
  readonly margin: number;
}

/**
 * The decision for a question.
 *
 * @param similarity of the nearest row; undefined when there is none
 * @param margin that similarity minus the second row's; null when there is no second row
 */
export function decide(similarity: number | undefined, margin: number | null, thresholds: Thresholds): Decision {
  if (similarity === undefined || similarity < thresholds.suggest) return "none";
  const isAhead = margin === null || margin >= thresholds.margin;
  return similarity >= thresholds.answer && isAhead ? "answer" : "suggest";
}
