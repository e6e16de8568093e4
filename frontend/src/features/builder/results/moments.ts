/** The beginning of an hour, in the viewer's zone, or of a UTC day. */
import type { Unit } from "./requests";

const HOUR = new Intl.DateTimeFormat(undefined, {
  weekday: "short",
  day: "numeric",
  month: "short",
  hour: "numeric",
  minute: "2-digit",
});
const DAY = new Intl.DateTimeFormat(undefined, {
  weekday: "short",
  day: "numeric",
  month: "short",
  year: "numeric",
  timeZone: "UTC",
});

export function momentOf(at: string, unit: Unit): string {
  return (unit === "hour" ? HOUR : DAY).format(new Date(at));
}
