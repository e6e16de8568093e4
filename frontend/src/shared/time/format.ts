/** Times in words: relative for reading, exact on hover. */
import { texts } from "@/shared/texts";

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

// Created once, because creating one takes longer than drawing a row of a table.
const AGO = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });

/** "3 days ago", "in 2 hours", "now". */
export function relative(at: string, nowMs: number = Date.now()): string {
  const seconds = (Date.parse(at) - nowMs) / 1000;
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) {
      return AGO.format(Math.round(seconds / size), unit);
    }
  }
  return texts.justNow;
}

/** In the viewer's locale and zone, with the zone's name. */
export function exact(at: string): string {
  return EXACT.format(new Date(at));
}

const INSTANT: Intl.DateTimeFormatOptions = {
  weekday: "short",
  day: "numeric",
  month: "short",
  hour: "numeric",
  minute: "2-digit",
  timeZoneName: "short",
};

/** For sentences, in the viewer's locale and zone; year and seconds only if they matter. */
export function instant(at: string, nowMs: number = Date.now()): string {
  const date = new Date(at);
  return new Intl.DateTimeFormat(undefined, {
    ...INSTANT,
    year: date.getFullYear() === new Date(nowMs).getFullYear() ? undefined : "numeric",
    second: date.getSeconds() === 0 ? undefined : "2-digit",
  }).format(date);
}

const LENGTHS: [string, number][] = [
  ["day", 86_400],
  ["h", 3600],
  ["min", 60],
  ["s", 1],
];

/** The two largest units that matter: "3 days", "1 day 2 h", "2 h 5 min", "40 s". */
export function length(seconds: number): string {
  let rest = Math.round(seconds);
  const largest = LENGTHS.findIndex(([, size]) => rest >= size);
  const parts = LENGTHS.slice(largest < 0 ? -1 : largest)
    .slice(0, 2)
    .map(([unit, size]) => {
      const amount = Math.floor(rest / size);
      rest -= amount * size;
      return { amount, text: `${amount} ${unit === "day" && amount !== 1 ? "days" : unit}` };
    });
  return parts
    .filter((it, place) => place === 0 || it.amount > 0)
    .map((it) => it.text)
    .join(" ");
}

const SPANS: [string, number][] = [
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

/** A duration in the largest unit that divides it: "3 days"; "1 h 30 min" is "90 minutes". */
export function span(seconds: number): string {
  for (const [unit, size] of SPANS) {
    if (seconds >= size && seconds % size === 0) {
      const amount = seconds / size;
      return `${amount} ${unit}${amount === 1 ? "" : "s"}`;
    }
  }
  return `${Math.round(seconds)} seconds`;
}
