/** Rules about a contact's attributes, as sentences. Pure. */
import { textOf } from "@/shared/json";
import type { Configuration } from "../../document";
import type { Phrase } from "../../phrase";

export const OPERATORS: readonly {
  value: string;
  label: string;
  takes: "one" | "many" | "none";
}[] = [
  { value: "equals", label: "is", takes: "one" },
  { value: "not_equals", label: "is not", takes: "one" },
  { value: "contains", label: "contains", takes: "one" },
  { value: "not_contains", label: "does not contain", takes: "one" },
  { value: "starts_with", label: "starts with", takes: "one" },
  { value: "ends_with", label: "ends with", takes: "one" },
  { value: "greater_than", label: "is above", takes: "one" },
  { value: "at_least", label: "is at least", takes: "one" },
  { value: "less_than", label: "is below", takes: "one" },
  { value: "at_most", label: "is at most", takes: "one" },
  { value: "is_one_of", label: "is one of", takes: "many" },
  { value: "exists", label: "is known", takes: "none" },
  { value: "missing", label: "is missing", takes: "none" },
];

export function rulePhrase(rule: Configuration): Phrase {
  const operator = OPERATORS.find((it) => it.value === rule.operator);
  const name = { name: textOf(rule.attribute) || "…" };
  if (operator?.takes === "none") {
    return [name, ` ${operator.label}`];
  }
  const value = rule.value;
  const shown = Array.isArray(value) ? value.map(String).join(", ") : String(value ?? "…");
  return [name, ` ${operator?.label ?? "is"} `, { name: shown || "…" }];
}
