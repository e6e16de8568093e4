import { Clock } from "lucide-react";
import { textOf } from "@/shared/json";
import type { Configuration } from "../../document";
import { WAITING } from "../../figures";
import { secondsOf } from "../../length";
import { capital } from "../../phrase";
import { type KindOf, ONE_EXIT } from "../kind";
import { texts } from "./texts";
import { waitTitle } from "./title";

export const wait: KindOf<"wait"> = {
  name: texts.name,
  about: texts.about,
  icon: Clock,
  hue: "var(--waiting)",
  stem: "wait",
  title: waitTitle,
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

function lineOf(settings: Configuration): string {
  switch (settings.mode) {
    case "until":
      return texts.sameMoment;
    case "weekday":
      return capital(zoneText(settings.zone));
    case "attribute":
      return `${textOf(settings.time, "09:00")}, ${zoneText(settings.zone)}`;
    default:
      return texts.fromArrival;
  }
}

function zoneText(zone: unknown): string {
  switch (zone) {
    case undefined:
    case "contact":
      return texts.contactZone;
    case "campaign":
      return texts.campaignZone;
    default:
      return textOf(zone).replaceAll("_", " ");
  }
}
