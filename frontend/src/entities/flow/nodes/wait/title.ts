import { listOf, numberOf, recordOf, textOf } from "@/shared/json";
import type { Configuration } from "../../document";
import { lengthText } from "../../length";
import { capital } from "../../phrase";
import type { TitleOf } from "../kind";
import { texts } from "./texts";

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

export const waitTitle: TitleOf = (settings) => [titleOf(settings)];

function titleOf(settings: Configuration): string {
  switch (settings.mode) {
    case "until":
      return texts.titleUntil(momentText(textOf(settings.at)));
    case "weekday":
      return texts.titleWeekday(weekdaysText(settings.weekdays), textOf(settings.time, "…"));
    case "attribute": {
      const offset = recordOf(settings.offset);
      const amount = numberOf(offset.amount, 0);
      const attribute = textOf(settings.attribute) || "…";
      const name = settings.occurs === "yearly" ? texts.titleAnniversary(attribute) : attribute;
      if (amount === 0) {
        return texts.titleUntil(name);
      }
      const length = lengthText({ ...offset, amount: Math.abs(amount) });
      return texts.titleOffset(length, amount < 0, name);
    }
    default:
      return texts.titleLength(lengthText(settings));
  }
}

/** "Monday", "Monday or Friday", "workday", "day". */
function weekdaysText(value: unknown): string {
  const days = WEEKDAYS.filter((it) => listOf(value).includes(it));
  if (days.length === 7) {
    return texts.day;
  }
  if (days.length === 5 && WORKDAYS.every((it) => days.includes(it))) {
    return texts.workday;
  }
  const names = days.map((it) => capital(days.length > 2 ? it.slice(0, 3) : it));
  return names.length > 1
    ? `${names.slice(0, -1).join(", ")} ${texts.or} ${names.at(-1)}`
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
