/** What was deleted with an index that nobody can derive from its table again. */
export interface DroppedWith {
  readonly aliases: number;
  /** Words with a weight of the index's own. */
  readonly weights: number;
  /** Whether it had thresholds of its own. */
  readonly thresholds: boolean;
}
