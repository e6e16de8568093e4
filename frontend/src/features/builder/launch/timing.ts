/** When a campaign starts and ends, as people choose it. Pure. */
import type { Timing } from "../campaign-api";
import { texts } from "./texts";

export type Ending = "when_through" | "at_date" | "by_hand";

/** `startsAt`, `endsAt`: as a datetime-local field gives them, in the viewer's zone; may be "". */
export interface TimingChoice {
  isNow: boolean;
  startsAt: string;
  ends: Ending;
  endsAt: string;
}

export const AT_ONCE: TimingChoice = {
  isNow: true,
  startsAt: "",
  ends: "when_through",
  endsAt: "",
};

const YEAR_MS = 366 * 86_400_000;

/** The instant of a local time; null if it is none. */
export function instantOf(local: string): string | null {
  const at = new Date(local);
  return local === "" || Number.isNaN(at.getTime()) ? null : at.toISOString();
}

export interface TimingFaults {
  startsAt?: string;
  endsAt?: string;
}

/** What is wrong, by field. */
export function faultsOf(choice: TimingChoice, nowMs: number): TimingFaults {
  const faults: TimingFaults = {};
  const start = choice.isNow ? null : instantOf(choice.startsAt);
  const startMs = start === null ? nowMs : Date.parse(start);
  if (!choice.isNow) {
    if (start === null) {
      faults.startsAt = texts.chooseTime;
    } else if (startMs <= nowMs) {
      faults.startsAt = texts.inThePast;
    } else if (startMs > nowMs + YEAR_MS) {
      faults.startsAt = texts.tooFar;
    }
  }
  if (choice.ends === "at_date") {
    const end = instantOf(choice.endsAt);
    if (end === null) {
      faults.endsAt = texts.chooseTime;
    } else if (Date.parse(end) <= startMs) {
      faults.endsAt = texts.endsEarly;
    }
  }
  return faults;
}

/** As the API takes it. */
export function timingOf(choice: TimingChoice): Timing {
  return {
    at: choice.isNow ? null : instantOf(choice.startsAt),
    ends: choice.ends,
    ends_at: choice.ends === "at_date" ? instantOf(choice.endsAt) : null,
  };
}

/** When the last of `contacts` gets the first e-mail, in ms; null if nothing is known about it.
 * `delays`: of the first e-mail of each branch, in seconds; null: not known. */
export function lastMailMs(
  startMs: number,
  contacts: number,
  perMinute: number | null,
  delays: readonly (number | null)[],
): number | null {
  if (perMinute === null || perMinute <= 0 || contacts === 0 || delays.length === 0) {
    return null;
  }
  const known = delays.filter((it) => it !== null);
  return known.length < delays.length
    ? null
    : startMs + Math.max(...known) * 1000 + (contacts / perMinute) * 60_000;
}
