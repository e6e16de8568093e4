import { Clock } from "lucide-react";
import { listOf, numberOf, recordOf, textOf } from "@/shared/json";
import type { Configuration } from "../../document";
import { WAITING } from "../../figures";
import { lengthText, secondsOf } from "../../length";
import { capital } from "../../phrase";
import { type KindOf, ONE_EXIT } from "../kind";

export const wait: KindOf<"wait"> = {
  name: "Wait",
  about: "A time, a weekday, a date of the contact",
  icon: Clock,
  hue: "var(--waiting)",
  stem: "wait",
  title: (settings) => [titleOf(settings)],
  line: lineOf,
  ...ONE_EXIT,
  initial: () => ({ mode: "duration", amount: 1, unit: "days" }),
  isOffered: true,
  canBeOff: true,
  figures: [WAITING],
  leaves: (settings, _, { here }) => {
    const isLength = settings.mode === "duration" || settings.mode === undefined;
    const seconds = isLength ? secondsOf(settings) : null;
    return seconds === null
      ? { ...here, isExact: false }
      : { ...here, seconds: here.seconds + seconds };
  },
};

export const WEEKDAYS = [
  "monday",
  "tuesday",
  "wednesday",
  "thursday",
  "friday",
  "saturday",
  "sunday",
] as const;

const WORKDAYS = WEEKDAYS.slice(0, 5);

function titleOf(settings: Configuration): string {
  switch (settings.mode) {
    case "until":
      return `Wait until ${momentText(textOf(settings.at))}`;
    case "weekday":
      return `Next ${weekdaysText(settings.weekdays)} ${textOf(settings.time, "…")}`;
    case "attribute": {
      const offset = recordOf(settings.offset);
      const amount = numberOf(offset.amount, 0);
      const name = textOf(settings.attribute) || "…";
      if (amount === 0) {
        return `Wait until ${name}`;
      }
      const length = lengthText({ ...offset, amount: Math.abs(amount) });
      return `${length} ${amount < 0 ? "before" : "after"} ${name}`;
    }
    default:
      return `Wait ${lengthText(settings)}`;
  }
}

function lineOf(settings: Configuration): string {
  switch (settings.mode) {
    case "until":
      return "The same moment for everybody";
    case "weekday":
      return capital(zoneText(settings.zone));
    case "attribute":
      return `${textOf(settings.time, "09:00")}, ${zoneText(settings.zone)}`;
    default:
      return "From the moment they arrive";
  }
}

function zoneText(zone: unknown): string {
  switch (zone) {
    case undefined:
    case "contact":
      return "contact's time zone";
    case "campaign":
      return "campaign's time zone";
    default:
      return textOf(zone).replaceAll("_", " ");
  }
}

/** "Monday", "Monday or Friday", "workday", "day". */
function weekdaysText(value: unknown): string {
  const days = WEEKDAYS.filter((it) => listOf(value).includes(it));
  if (days.length === 7) {
    return "day";
  }
  if (days.length === 5 && WORKDAYS.every((it) => days.includes(it))) {
    return "workday";
  }
  const names = days.map((it) => capital(days.length > 2 ? it.slice(0, 3) : it));
  return names.length > 1
    ? `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`
    : (names[0] ?? "…");
}

/** "1 Jan 2027, 10:00" in the viewer's zone. */
function momentText(at: string): string {
  const time = Date.parse(at);
  if (Number.isNaN(time)) {
    return "…";
  }
  return new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" }).format(
    time,
  );
}
