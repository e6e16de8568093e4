/** Lengths of time in a flow document: `{ amount, unit }`, possibly incomplete. Pure. */
import { numberOf, textOf } from "@/shared/json";
import type { Configuration } from "./document";

const SECONDS: Readonly<Record<string, number>> = {
  seconds: 1,
  minutes: 60,
  hours: 3600,
  days: 86_400,
  weeks: 604_800,
};

/** null for an incomplete length. */
export function secondsOf(value: Configuration): number | null {
  const unit = SECONDS[String(value.unit)];
  const amount = numberOf(value.amount, Number.NaN);
  return unit === undefined || Number.isNaN(amount) ? null : unit * amount;
}

/** "3 days", "1 day"; "… days" without an amount. */
export function lengthText(value: Configuration): string {
  const amount = value.amount;
  const unit = textOf(value.unit, "days");
  if (typeof amount !== "number") {
    return `… ${unit}`;
  }
  return `${amount} ${amount === 1 ? unit.replace(/s$/, "") : unit}`;
}
