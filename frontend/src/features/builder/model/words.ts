/**
 * What a node does, in words: titles, second lines, names of ports.
 *
 * Half-filled configurations have words too; nothing here throws or judges.
 */

import { readable } from "@/entities/flow/merge-tags";
import { isolated } from "@/shared/bidi";
import { isRecord, listOf, numberOf, recordOf, textOf } from "@/shared/json";
import {
  type Canvas,
  type CanvasNode,
  type Configuration,
  nameOf,
  nodeOf,
  settingsOf,
} from "./canvas";

/** A sentence in which names stand out. */
export type Words = readonly (string | { readonly name: string })[];

export function plain(words: Words): string {
  return words.map((it) => (typeof it === "string" ? it : isolated(it.name))).join("");
}

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

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "3 days", "1 day", "… days" while there is no amount. */
export function lengthWords(value: Configuration): string {
  const amount = value.amount;
  const unit = textOf(value.unit, "days");
  if (typeof amount !== "number") {
    return `… ${unit}`;
  }
  return `${amount} ${amount === 1 ? unit.replace(/s$/, "") : unit}`;
}

export function zoneWords(zone: unknown): string {
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
export function weekdaysWords(value: unknown): string {
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

export function waitTitle(settings: Configuration): string {
  switch (settings.mode) {
    case "until":
      return `Wait until ${dayWords(textOf(settings.at))}`;
    case "weekday":
      return `Next ${weekdaysWords(settings.weekdays)} ${textOf(settings.time, "…")}`;
    case "attribute": {
      const offset = recordOf(settings.offset);
      const amount = numberOf(offset.amount, 0);
      const name = textOf(settings.attribute) || "…";
      if (amount === 0) {
        return `Wait until ${name}`;
      }
      const length = lengthWords({ ...offset, amount: Math.abs(amount) });
      return `${length} ${amount < 0 ? "before" : "after"} ${name}`;
    }
    default:
      return `Wait ${lengthWords(settings)}`;
  }
}

export function waitLine(settings: Configuration): string {
  switch (settings.mode) {
    case "until":
      return "The same moment for everybody";
    case "weekday":
      return capital(zoneWords(settings.zone));
    case "attribute":
      return `${textOf(settings.time, "09:00")}, ${zoneWords(settings.zone)}`;
    default:
      return "From the moment they arrive";
  }
}

/** "1 Jan 2027, 10:00" in the viewer's zone. */
export function dayWords(at: string): string {
  const time = Date.parse(at);
  if (Number.isNaN(time)) {
    return "…";
  }
  return new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" }).format(
    time,
  );
}

export function subjectWords(settings: Configuration): string {
  return readable(textOf(settings.subject).trim());
}

/** What an e-mail is called: the name somebody gave it, its subject, else its id. */
export function emailName(canvas: Canvas, id: string): string {
  const node = nodeOf(canvas, id);
  return (node && (nameOf(node) || subjectWords(settingsOf(node)))) || id || "…";
}

export function conditionTitle(canvas: Canvas, settings: Configuration): Words {
  if (settings.mode === "attributes") {
    const rules = listOf(settings.rules).filter(isRecord);
    const first = rules[0];
    if (!first) {
      return ["Which contacts?"];
    }
    return rules.length === 1
      ? [...ruleWords(first), "?"]
      : [`${settings.match === "any" ? "Any" : "All"} of ${rules.length} rules?`];
  }
  const verb = settings.event === "opened" ? "Opened" : "Clicked";
  const link = textOf(settings.link);
  const what = link ? linkWords(link) : emailName(canvas, textOf(settings.email_node));
  return [`${verb} `, { name: what }, "?"];
}

export function conditionLine(canvas: Canvas, settings: Configuration): string {
  if (settings.mode === "attributes") {
    const rules = listOf(settings.rules).filter(isRecord);
    return rules.length > 1
      ? rules.map((it) => plain(ruleWords(it))).join(settings.match === "any" ? " or " : " and ")
      : "By the contact's attributes";
  }
  const within = `within ${lengthWords(recordOf(settings.within))}`;
  const since = settings.since === "arrival" ? "of arriving here" : "of sending";
  const link = textOf(settings.link);
  const mail = link ? ` · ${isolated(emailName(canvas, textOf(settings.email_node)))}` : "";
  return `${capital(within)} ${since}${mail}`;
}

/** A link without what every link has. */
export function linkWords(link: string): string {
  return link.replace(/^https?:\/\/(www\.)?/, "").replace(/\/$/, "");
}

export const OPERATORS: readonly {
  value: string;
  words: string;
  takes: "one" | "many" | "none";
}[] = [
  { value: "equals", words: "is", takes: "one" },
  { value: "not_equals", words: "is not", takes: "one" },
  { value: "contains", words: "contains", takes: "one" },
  { value: "not_contains", words: "does not contain", takes: "one" },
  { value: "starts_with", words: "starts with", takes: "one" },
  { value: "ends_with", words: "ends with", takes: "one" },
  { value: "greater_than", words: "is above", takes: "one" },
  { value: "at_least", words: "is at least", takes: "one" },
  { value: "less_than", words: "is below", takes: "one" },
  { value: "at_most", words: "is at most", takes: "one" },
  { value: "is_one_of", words: "is one of", takes: "many" },
  { value: "exists", words: "is known", takes: "none" },
  { value: "missing", words: "is missing", takes: "none" },
];

export function ruleWords(rule: Configuration): Words {
  const operator = OPERATORS.find((it) => it.value === rule.operator);
  const name = { name: textOf(rule.attribute) || "…" };
  if (operator?.takes === "none") {
    return [name, ` ${operator.words}`];
  }
  const value = rule.value;
  const shown = Array.isArray(value) ? value.map(String).join(", ") : String(value ?? "…");
  return [name, ` ${operator?.words ?? "is"} `, { name: shown || "…" }];
}

/** Shares of a split's branches, 0 to 1, by port. */
export function sharesOf(settings: Configuration): ReadonlyMap<string, number> {
  const branches = listOf(settings.branches).filter(isRecord);
  const weights = branches.map((it) => Math.max(0, numberOf(it.weight, 0)));
  const sum = weights.reduce((total, it) => total + it, 0);
  return new Map(
    branches.map((it, place) => [textOf(it.port), sum > 0 ? (weights[place] ?? 0) / sum : 0]),
  );
}

/** "50 %", "33.3 %": what stands on a split's edge. */
export function shareWords(share: number): string {
  const rounded = Math.round(share * 1000) / 10;
  return `${Number.isInteger(rounded) ? rounded : rounded.toFixed(1)} %`;
}

/** What stands on an edge: nothing where a node has only one way out. */
export function portWords(node: CanvasNode, port: string): string | null {
  if (node.type === "condition") {
    return port === "yes" || port === "no" ? capital(port) : port;
  }
  if (node.type === "split") {
    const share = sharesOf(settingsOf(node)).get(port);
    return share === undefined ? port : shareWords(share);
  }
  return port === "next" ? null : port;
}
