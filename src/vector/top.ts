/** The k largest of the scores that were offered; of equal ones those with the smaller label. */
export class Top {
  readonly #k: number;
  readonly #labels: Uint32Array;
  readonly #scores: Float64Array;
  #count = 0;

  /** Keeps the best k >= 1. An offer costs at most k steps; of N in random order, only some k · ln(N / k) cost any. */
  constructor(k: number) {
    this.#k = k;
    this.#labels = new Uint32Array(k);
    this.#scores = new Float64Array(k);
  }

  offer(label: number, score: number): void {
    const [labels, scores] = [this.#labels, this.#scores];
    let at = this.#count;
    if (at === this.#k) {
      if (!isBefore(score, label, scores[at - 1]!, labels[at - 1]!)) return;
      at--;
    } else {
      this.#count++;
    }
    for (; at > 0 && isBefore(score, label, scores[at - 1]!, labels[at - 1]!); at--) {
      scores[at] = scores[at - 1]!;
      labels[at] = labels[at - 1]!;
    }
    scores[at] = score;
    labels[at] = label;
  }

  /** No smaller score is taken any more; -Infinity while there is room. */
  get least(): number {
    return this.#count < this.#k ? -Infinity : this.#scores[this.#k - 1]!;
  }

  /** Largest first. */
  take(): { label: number; score: number }[] {
    return Array.from({ length: this.#count }, (_, at) => ({ label: this.#labels[at]!, score: this.#scores[at]! }));
  }
}

function isBefore(score: number, label: number, otherScore: number, otherLabel: number): boolean {
  return score > otherScore || (score === otherScore && label < otherLabel);
}
