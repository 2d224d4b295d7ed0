/** How a table changes a judge's chances. Log odds of a chance here = slope · log odds of the judge + offset. */
export interface Adjustment {
  /** Above 0: the order of questions stays. */
  readonly slope: number;
  readonly offset: number;
}

/** A chance of 0 or 1 has no log odds: its are these. */
const MOST_ODDS = 12;

/** A chance as it is in a table. 0 and 1 stay: an alias needs no judge. */
export function adjustChance(chance: number, { slope, offset }: Adjustment): number {
  return chance <= 0 || chance >= 1 ? chance : sigmoid(slope * oddsOf(chance) + offset);
}

/** The log odds of a chance, -12 to 12. */
export function oddsOf(chance: number): number {
  return Math.max(-MOST_ODDS, Math.min(MOST_ODDS, Math.log(chance / (1 - chance))));
}

/** The chance of log odds. */
export function sigmoid(odds: number): number {
  return 1 / (1 + Math.exp(-odds));
}
