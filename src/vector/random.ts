/**
 * Draws numbers that are the same for the same seed. Not for secrets. Source: mulberry32, T. Ettinger 2017, public
 * domain.
 *
 * @example
 * const random = new Random(7); // the same numbers for the same seed
 * random.next();
 */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number from 0 to below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 to below `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** One of the items, at least one. */
  one<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!;
  }

  /** The items in another order. */
  shuffled<Item>(items: readonly Item[]): Item[] {
    const shuffled = [...items];
    for (let at = shuffled.length - 1; at > 0; at--) {
      const other = this.below(at + 1);
      [shuffled[at], shuffled[other]] = [shuffled[other]!, shuffled[at]!];
    }
    return shuffled;
  }

  /** Up to `count` of the items, each at most once, in their order. */
  some<Item>(items: readonly Item[], count: number): Item[] {
    const order = [...items.keys()];
    for (let at = 0; at < Math.min(count, order.length); at++) {
      const other = at + this.below(order.length - at);
      [order[at], order[other]] = [order[other]!, order[at]!];
    }
    return order
      .slice(0, count)
      .sort((a, b) => a - b)
      .map((at) => items[at]!);
  }
}
