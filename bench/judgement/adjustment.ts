import { adjustChance, type Adjustment } from "../../src/judge/adjustment.ts";
import type { Trial } from "../../src/judge/calibration.ts";
import { fitAdjustment } from "../../src/judge/fit-adjustment.ts";
import { Random } from "../../src/vector/random.ts";
import { number, table } from "../shared/markdown.ts";

/** What the fit of chances to a table does to questions that were not used. */
export interface Adjusted {
  labelled: number;
  /** Share of the splits in which something was fitted. */
  fitted: number;
  /** Mean log loss of the unused questions by the judge, and with what was fitted. */
  judge: number;
  adjusted: number;
  /** Share of the splits in which the fit was worse by more than 0.005. */
  worse: number;
}

/** Fits chances with few labelled questions of the legal FAQ, and looks at the loss of the others. */
export function measureAdjustment(draw: (labelled: number, random: Random) => [Trial[], Trial[]]): Adjusted[] {
  return [20, 50, 100, 200, 500].map((labelled) => {
    const splits = Array.from({ length: ADJUSTED_SPLITS }, (_, split) => {
      const [used, unused] = draw(labelled, new Random(split));
      const found = fitAdjustment(used);
      const [judge, adjusted] = [UNADJUSTED, found].map((each) => lossOf(unused, each));
      return { isFitted: found.fitted !== "nothing", judge: judge!, adjusted: adjusted! };
    });
    const share = (holds: (split: (typeof splits)[number]) => boolean) => splits.filter(holds).length / splits.length;
    const mean = (of: (split: (typeof splits)[number]) => number) =>
      splits.reduce((sum, split) => sum + of(split), 0) / splits.length;
    return {
      labelled,
      fitted: share(({ isFitted }) => isFitted),
      judge: mean((split) => split.judge),
      adjusted: mean((split) => split.adjusted),
      worse: share((split) => split.adjusted > split.judge + 0.005),
    };
  });
}

const ADJUSTED_SPLITS = 50;
const UNADJUSTED = { slope: 1, offset: 0 };

function lossOf(trials: readonly Trial[], adjustment: Adjustment): number {
  const losses = trials.map(({ score, isRight, weight }) => {
    const chance = adjustChance(Math.min(1 - 1e-6, Math.max(1e-6, score)), adjustment);
    return -weight * Math.log(isRight ? chance : 1 - chance);
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / trials.reduce((sum, { weight }) => sum + weight, 0);
}

/** The results as Markdown. */
export function adjustmentTable(adjusted: readonly Adjusted[]): string {
  return table(
    ["labelled", "fitted", "log loss by the judge", "adjusted", "worse"],
    adjusted.map((each) => [
      number(each.labelled),
      number(100 * each.fitted, 1),
      number(each.judge, 3),
      number(each.adjusted, 3),
      number(100 * each.worse, 1),
    ]),
  );
}
