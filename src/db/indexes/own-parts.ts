/** What an index has of its own, not derived from its table. */
export interface OwnParts {
  readonly aliases: number;
  /** Negative questions. */
  readonly negatives: number;
  /** Words with a weight of the index's own. */
  readonly weights: number;
  /** Whether it has thresholds of its own. */
  readonly thresholds: boolean;
}
