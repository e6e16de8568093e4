"use client";

import { Plus, X } from "lucide-react";
import type { Configuration } from "@/entities/flow/document";
import { OPERATORS } from "@/entities/flow/nodes/condition/rules";
import { classNames } from "@/shared/class-names";
import { isRecord, listOf, textOf, without } from "@/shared/json";
import { Button } from "@/shared/ui/button";
import { type FormProps, messageFor, Segments, Select, SMALL } from "../../inspector/controls";
import { useAttributes } from "../../inspector/use-attributes";
import { texts } from "./texts";

const RULES_MAX = 50;

/** Rules as sentences: attribute, comparison, value. */
export function RulesForm({ id, settings, onChange, findings, isReadOnly }: FormProps) {
  const attributes = useAttributes();
  const rules = listOf(settings.rules).filter(isRecord);
  const setRules = (next: readonly Configuration[], burst?: string) =>
    onChange({ ...settings, rules: next }, burst);
  const setRule = (place: number, rule: Configuration, burst?: string) =>
    setRules(
      rules.map((it, at) => (at === place ? rule : it)),
      burst && `${burst} ${place}`,
    );
  return (
    <>
      {rules.length > 1 ? (
        <Segments
          label={texts.howMany}
          value={textOf(settings.match, "all")}
          options={[
            ["all", texts.all],
            ["any", texts.any],
          ]}
          isOff={isReadOnly}
          onChange={(match) => onChange({ ...settings, match })}
        />
      ) : null}
      <datalist id={`${id}-attributes`}>
        {attributes.map((it) => (
          <option key={it} value={it} />
        ))}
      </datalist>
      <ul className="flex flex-col gap-3">
        {rules.map((rule, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rules have no ids
          <li key={place} className="flex flex-col gap-1">
            <Rule
              rule={rule}
              number={place + 1}
              list={`${id}-attributes`}
              isReadOnly={isReadOnly}
              onChange={(next, burst) => setRule(place, next, burst)}
              onRemove={
                rules.length > 1 ? () => setRules(rules.filter((_, at) => at !== place)) : undefined
              }
            />
            {messageFor(findings, `configuration.rules[${place}]`) ? (
              <p className="text-caption text-failed">
                {messageFor(findings, `configuration.rules[${place}]`)}
              </p>
            ) : null}
          </li>
        ))}
      </ul>
      {isReadOnly || rules.length >= RULES_MAX ? null : (
        <Button
          kind="quiet"
          className="self-start"
          onClick={() => setRules([...rules, { attribute: "", operator: "equals", value: "" }])}
        >
          <Plus size={16} aria-hidden /> {texts.addRule}
        </Button>
      )}
    </>
  );
}

function Rule({
  rule,
  number,
  list,
  isReadOnly,
  onChange,
  onRemove,
}: {
  rule: Configuration;
  number: number;
  list: string;
  isReadOnly: boolean;
  onChange: (rule: Configuration, burst?: string) => void;
  onRemove: (() => void) | undefined;
}) {
  const operator = textOf(rule.operator, "equals");
  const takes = OPERATORS.find((it) => it.value === operator)?.takes ?? "one";
  return (
    <div className="flex flex-col gap-1.5 border-line border-l-2 pl-3">
      <div className="flex gap-1.5">
        <input
          aria-label={texts.ruleAttribute(number)}
          list={list}
          disabled={isReadOnly}
          value={textOf(rule.attribute)}
          placeholder={texts.attribute}
          onChange={(event) => onChange({ ...rule, attribute: event.target.value }, "attribute")}
          className={classNames(SMALL, "flex-1 font-mono")}
        />
        {onRemove && !isReadOnly ? (
          <Button kind="quiet" isSquare aria-label={texts.removeRule(number)} onClick={onRemove}>
            <X size={16} aria-hidden />
          </Button>
        ) : null}
      </div>
      <div className="flex gap-1.5">
        <Select
          label={texts.ruleComparison(number)}
          value={operator}
          options={OPERATORS.map((it) => [it.value, it.label])}
          isOff={isReadOnly}
          onChange={(next) => onChange(withOperator(rule, next))}
          className={takes === "none" ? "" : "max-w-36"}
        />
        {takes === "none" ? null : (
          <input
            aria-label={texts.ruleValue(number)}
            disabled={isReadOnly}
            value={shown(rule.value)}
            placeholder={takes === "many" ? texts.listExample : texts.value}
            onChange={(event) =>
              onChange(
                {
                  ...rule,
                  value: takes === "many" ? listed(event.target.value) : event.target.value,
                },
                "value",
              )
            }
            className={SMALL}
          />
        )}
      </div>
    </div>
  );
}

/** The value takes the shape that the comparison needs. */
export function withOperator(rule: Configuration, operator: string): Configuration {
  const takes = OPERATORS.find((it) => it.value === operator)?.takes ?? "one";
  const value = rule.value;
  if (takes === "none") {
    return { ...without(rule, "value"), operator };
  }
  if (takes === "many") {
    return { ...rule, operator, value: Array.isArray(value) ? value : listed(shown(value)) };
  }
  return { ...rule, operator, value: Array.isArray(value) ? shown(value) : (value ?? "") };
}

function shown(value: unknown): string {
  return Array.isArray(value) ? value.map(String).join(", ") : String(value ?? "");
}

/** "pro, team" while it is being typed: an empty last item stays, so that a comma can be typed
 * at all. */
export function listed(text: string): string[] {
  return text.split(",").map((it, place) => (place === 0 ? it : it.trimStart()));
}
