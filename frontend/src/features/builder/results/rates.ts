/** Rates, intervals and verdicts in words. Pure. */
import type { Schemas } from "@/shared/api/client";
import { percent } from "@/shared/numbers";
import { texts } from "./texts";

type Rate = Schemas["RateView"];
type Split = Schemas["SplitResultView"];

/** What branches are compared by. */
export const JUDGED = ["opened", "clicked", "unsubscribed"] as const;
export type Judged = (typeof JUDGED)[number];

/** "37.5 %"; "–" if there is nothing to divide by. */
export function rateText(rate: Rate): string {
  return percent(rate.count, rate.of);
}

/** "(13.7–69.4 %)"; nothing if there is nothing to divide by. */
export function rangeText(rate: Rate): string {
  return rate.of === 0 ? "" : `(${points(rate.low)}–${percent(rate.high, 1)})`;
}

export function verdictText(split: Split, what: Judged): string {
  const verdict = split.verdicts[what];
  if (!verdict) {
    return texts.undecided;
  }
  const nameOf = (port: string) => split.branches.find((it) => it.port === port)?.name ?? port;
  const { better, runner_up, low, high } = verdict;
  return texts.decided(nameOf(better), nameOf(runner_up), points(low), points(high));
}

const ONE_DIGIT = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });

/** A share of 0 to 1 in percentage points. */
function points(share: number): string {
  return ONE_DIGIT.format(share * 100);
}
