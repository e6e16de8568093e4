import { CircleQuestionMark } from "lucide-react";
import { isolated } from "@/shared/bidi";
import { isRecord, listOf, recordOf, textOf } from "@/shared/json";
import type { Configuration } from "../../document";
import { WAITING } from "../../figures";
import { lengthText, secondsOf } from "../../length";
import { capital, plain } from "../../phrase";
import type { KindOf, NameOf } from "../kind";
import { rulePhrase } from "./rules";
import { texts } from "./texts";
import { conditionTitle } from "./title";

export const condition: KindOf<"condition"> = {
  name: texts.name,
  about: texts.about,
  icon: CircleQuestionMark,
  hue: "var(--unknown)",
  stem: "condition",
  title: conditionTitle,
  line: (settings, nameOf) =>
    settings.mode === "attributes" ? rulesLine(settings) : behaviourLine(settings, nameOf),
  ports: () => ["yes", "no"],
  portName: (_, port) => (port === "yes" || port === "no" ? capital(port) : port),
  initial: (emailBefore) => (emailBefore ? askAbout(emailBefore) : ASK_ATTRIBUTES),
  isOffered: true,
  canBeOff: false,
  figures: [WAITING],
  leaves: (settings, port, { here, arrivalAt }) => {
    if (settings.mode !== "behaviour") {
      return here;
    }
    if (port !== "no") {
      return { ...here, isExact: false };
    }
    // A no comes at the deadline, a yes at any time before.
    const within = secondsOf(recordOf(settings.within)) ?? 0;
    const sent = arrivalAt(textOf(settings.email_node));
    const begin = settings.since === "arrival" ? here : (sent ?? here);
    return {
      seconds: Math.max(here.seconds, begin.seconds + within),
      isExact: here.isExact && begin.isExact,
    };
  },
  isForegone: (settings, isOff) =>
    settings.mode === "behaviour" && isOff(textOf(settings.email_node)),
};

export const ASK_ATTRIBUTES = {
  mode: "attributes",
  match: "all",
  rules: [{ attribute: "", operator: "equals", value: "" }],
} as const;

/** Whether a link of the e-mail was clicked; `email` is empty while none is chosen. */
export function askAbout(email: string): Configuration {
  return {
    mode: "behaviour",
    event: "clicked",
    email_node: email,
    link: null,
    within: { amount: 2, unit: "days" },
    since: "sent",
  };
}

function behaviourLine(settings: Configuration, nameOf: NameOf): string {
  const since = settings.since === "arrival" ? texts.ofArriving : texts.ofSendingLine;
  const mail = textOf(settings.link) ? ` · ${isolated(nameOf(textOf(settings.email_node)))}` : "";
  return `${texts.withinTime(lengthText(recordOf(settings.within)), since)}${mail}`;
}

function rulesLine(settings: Configuration): string {
  const rules = listOf(settings.rules).filter(isRecord);
  return rules.length > 1
    ? rules
        .map((it) => plain(rulePhrase(it)))
        .join(settings.match === "any" ? texts.orJoin : texts.and)
    : texts.byAttributes;
}
