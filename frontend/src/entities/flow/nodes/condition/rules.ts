/** Rules about a contact's attributes, as sentences. Pure. */

import { textOf } from "@/shared/json";
import type { Configuration } from "../../document";
import type { Phrase } from "../../phrase";
import { texts } from "./texts";

export const OPERATORS: readonly {
  value: string;
  label: string;
  takes: "one" | "many" | "none";
}[] = [
  { value: "equals", label: texts.is, takes: "one" },
  { value: "not_equals", label: texts.isNot, takes: "one" },
  { value: "contains", label: texts.contains, takes: "one" },
  { value: "not_contains", label: texts.containsNot, takes: "one" },
  { value: "starts_with", label: texts.startsWith, takes: "one" },
  { value: "ends_with", label: texts.endsWith, takes: "one" },
  { value: "greater_than", label: texts.isAbove, takes: "one" },
  { value: "at_least", label: texts.isAtLeast, takes: "one" },
  { value: "less_than", label: texts.isBelow, takes: "one" },
  { value: "at_most", label: texts.isAtMost, takes: "one" },
  { value: "is_one_of", label: texts.isOneOf, takes: "many" },
  { value: "exists", label: texts.isKnown, takes: "none" },
  { value: "missing", label: texts.isMissing, takes: "none" },
];

export function rulePhrase(rule: Configuration): Phrase {
  const operator = OPERATORS.find((it) => it.value === rule.operator);
  const name = { name: textOf(rule.attribute) || "…" };
  if (operator?.takes === "none") {
    return [name, ` ${operator.label}`];
  }
  const value = rule.value;
  const shown = Array.isArray(value) ? value.map(String).join(", ") : String(value ?? "…");
  return [name, ` ${operator?.label ?? texts.is} `, { name: shown || "…" }];
}
