/**
 * Trees whose leaves add up to the log odds of a chance. Each array has one element a node; the first node is the root.
 */
export interface Tree {
  /** Which feature an inner node asks; -1 for a leaf. */
  readonly feature: readonly number[];
  /** An inner node goes left up to this value of the feature, right above it. */
  readonly threshold: readonly number[];
  readonly left: readonly number[];
  readonly right: readonly number[];
  /** What a leaf adds. */
  readonly value: readonly number[];
}

/** Gradient-boosted trees for two classes (Friedman 2001): log odds = bias + Σ trees. */
export interface Forest {
  readonly bias: number;
  readonly trees: readonly Tree[];
}

/** The log odds for features in the forest's order. Costs a walk of some four steps a tree. */
export function logOdds({ bias, trees }: Forest, features: readonly number[]): number {
  let sum = bias;
  for (const tree of trees) sum += leafOf(tree, features);
  return sum;
}

function leafOf({ feature, threshold, left, right, value }: Tree, features: readonly number[]): number {
  let node = 0;
  while (feature[node]! >= 0) node = features[feature[node]!]! <= threshold[node]! ? left[node]! : right[node]!;
  return value[node]!;
}

/** Whether every node leads to a leaf. Feature and child indices are in range, and children come after their parent. */
export function isTree(tree: Tree, features: number): boolean {
  const { feature, threshold, left, right, value } = tree;
  const nodes = feature.length;
  return (
    nodes > 0 &&
    [threshold, left, right, value].every(({ length }) => length === nodes) &&
    feature.every(
      (of, node) =>
        of === -1 || (of < features && [left[node]!, right[node]!].every((child) => child > node && child < nodes)),
    )
  );
}
