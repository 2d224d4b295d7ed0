/** Settings of {@link minimize}. */
export interface MinimizeOptions {
  /** 1 to 10,000; default 200. */
  maxIterations?: number;
  /** Ends when no number of the gradient is larger; default 1e-4. */
  tolerance?: number;
}

/** Steps that the curvature is estimated from. */
const MEMORY = 10;

/**
 * Minimises a smooth function of P numbers in place, from `start` on. Uses L-BFGS with a backtracking line search.
 * Returns its value there.
 *
 * Source: Nocedal & Wright, Numerical Optimization, algorithms 7.4 and 3.1. Costs one value and gradient a step, and
 * some more where a step was too long.
 * @param evaluate writes the gradient into its second argument and returns the value
 */
export function minimize(
  start: Float64Array,
  evaluate: (at: Float64Array, gradient: Float64Array) => number,
  { maxIterations = 200, tolerance = 1e-4 }: MinimizeOptions = {},
): number {
  const size = start.length;
  let gradient = new Float64Array(size);
  let value = evaluate(start, gradient);
  const steps: { moved: Float64Array; turned: Float64Array; curvature: number }[] = [];
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    if (gradient.every((partial) => Math.abs(partial) <= tolerance)) break;
    let direction = descent(gradient, steps);
    let slope = product(direction, gradient);
    if (slope >= 0) {
      steps.length = 0;
      direction = gradient.map((partial) => -partial);
      slope = product(direction, gradient);
    }
    let length = steps.length === 0 ? Math.min(1, 1 / Math.sqrt(-slope)) : 1;
    const [next, turned] = [new Float64Array(size), new Float64Array(size)];
    let nextValue = Number.POSITIVE_INFINITY;
    for (let tries = 0; tries < 30; tries++, length /= 2) {
      for (let i = 0; i < size; i++) next[i] = start[i]! + length * direction[i]!;
      nextValue = evaluate(next, turned);
      if (nextValue <= value + 1e-4 * length * slope) break;
    }
    if (!(nextValue < value)) break;
    const step = {
      moved: next.map((value, i) => value - start[i]!),
      turned: turned.map((value, i) => value - gradient[i]!),
    };
    const curvature = product(step.moved, step.turned);
    if (curvature > 1e-12) steps.push({ ...step, curvature });
    if (steps.length > MEMORY) steps.shift();
    start.set(next);
    gradient = turned;
    value = nextValue;
  }
  return value;
}

/** The direction of the next step. The inverse of the estimated curvature times the gradient, downwards. */
function descent(
  gradient: Float64Array,
  steps: readonly { moved: Float64Array; turned: Float64Array; curvature: number }[],
): Float64Array {
  const direction = gradient.map((partial) => -partial);
  const shares = steps.map(() => 0);
  for (let at = steps.length - 1; at >= 0; at--) {
    const { moved, turned, curvature } = steps[at]!;
    shares[at] = product(moved, direction) / curvature;
    add(direction, -shares[at]!, turned);
  }
  const last = steps.at(-1);
  if (last) {
    const scale = last.curvature / product(last.turned, last.turned);
    for (let i = 0; i < direction.length; i++) direction[i]! *= scale;
  }
  steps.forEach(({ moved, turned, curvature }, at) =>
    add(direction, shares[at]! - product(turned, direction) / curvature, moved),
  );
  return direction;
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function add(to: Float64Array, scale: number, from: Float64Array): void {
  for (let i = 0; i < to.length; i++) to[i]! += scale * from[i]!;
}
