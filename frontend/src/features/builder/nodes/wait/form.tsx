"use client";

import type { Configuration } from "@/entities/flow/document";
import type { FormField } from "@/entities/flow/nodes/kind";
import { WEEKDAYS } from "@/entities/flow/nodes/wait/title";
import { capital } from "@/entities/flow/phrase";
import { classNames } from "@/shared/class-names";
import { listOf, numberOf, recordOf, textOf, without } from "@/shared/json";
import { Field } from "@/shared/ui/field";
import {
  type FormProps,
  LengthInput,
  messageFor,
  Segments,
  Select,
  SMALL,
} from "../../inspector/controls";
import { NamedField } from "../../inspector/fields-form";
import { useAttributes } from "../../inspector/use-attributes";
import { texts } from "./texts";

const MODES = [
  ["duration", texts.modeTime],
  ["weekday", texts.modeWeekday],
  ["until", texts.modeMoment],
  ["attribute", texts.modeContactDate],
] as const;

type Mode = (typeof MODES)[number][0];

/** Keys that belong to a mode; a wait keeps all other keys when the mode changes. */
const OWN = [
  "mode",
  "amount",
  "unit",
  "at",
  "weekdays",
  "time",
  "zone",
  "attribute",
  "offset",
  "if_missing",
  "occurs",
];

export function inMode(settings: Configuration, mode: Mode, nowMs: number): Configuration {
  const rest = without(settings, ...OWN);
  const time = textOf(settings.time, "09:00");
  const zone = textOf(settings.zone, "contact");
  switch (mode) {
    case "duration":
      return { ...rest, mode, amount: 1, unit: "days" };
    case "weekday":
      return { ...rest, mode, weekdays: ["monday"], time, zone };
    case "until": {
      const tomorrow = new Date(nowMs + 86_400_000);
      tomorrow.setMinutes(0, 0, 0);
      return { ...rest, mode, at: tomorrow.toISOString() };
    }
    case "attribute":
      return { ...rest, mode, attribute: "", offset: { amount: 0, unit: "days" }, time, zone };
  }
}

export function WaitForm(props: FormProps) {
  const { settings, onChange, isReadOnly } = props;
  const mode = textOf(settings.mode, "duration");
  return (
    <>
      <Segments
        label={texts.how}
        value={mode}
        options={MODES}
        isOff={isReadOnly}
        onChange={(next) => onChange(inMode(settings, next, Date.now()))}
      />
      {mode === "duration" ? <Duration {...props} /> : null}
      {mode === "weekday" ? <Weekday {...props} /> : null}
      {mode === "until" ? <Until {...props} /> : null}
      {mode === "attribute" ? <ContactDate {...props} /> : null}
    </>
  );
}

function Duration({ settings, onChange, findings, isReadOnly }: FormProps) {
  const error =
    messageFor(findings, "configuration.amount") ??
    messageFor(findings, "configuration.unit") ??
    messageFor(findings, "configuration");
  return (
    <Field label={texts.name} error={error} hint={texts.countedFrom}>
      {() => (
        <LengthInput
          label={texts.name}
          value={settings}
          onChange={onChange}
          burst="wait"
          isOff={isReadOnly}
          isInvalid={error !== undefined}
        />
      )}
    </Field>
  );
}

function Weekday(props: FormProps) {
  const { settings, onChange, findings, isReadOnly } = props;
  const days = listOf(settings.weekdays);
  const error = messageFor(findings, "configuration.weekdays");
  return (
    <>
      <Field label={texts.next} error={error}>
        {(control) => (
          <fieldset id={control.id} disabled={isReadOnly} className="flex gap-1">
            <legend className="sr-only">{texts.weekdays}</legend>
            {WEEKDAYS.map((day) => {
              const isOn = days.includes(day);
              return (
                <button
                  key={day}
                  type="button"
                  aria-pressed={isOn}
                  aria-label={capital(day)}
                  onClick={() =>
                    onChange({
                      ...settings,
                      weekdays: WEEKDAYS.filter((it) => (it === day ? !isOn : days.includes(it))),
                    })
                  }
                  className={classNames(
                    "h-8 flex-1 rounded-control border text-caption transition-colors duration-150",
                    isOn
                      ? "border-accent bg-accent-soft font-medium text-accent-strong"
                      : "border-line-strong bg-raised text-ink-soft hover:border-ink-faint",
                  )}
                >
                  {capital(day).slice(0, 2)}
                </button>
              );
            })}
          </fieldset>
        )}
      </Field>
      <Clock {...props} />
    </>
  );
}

const AT: FormField = { key: "time", label: texts.at, control: "time", usual: "09:00" };
const ZONE: FormField = {
  key: "zone",
  label: texts.inZoneOf,
  control: "zone",
  usual: "contact",
};

/** Time of day and its time zone. */
function Clock(props: FormProps) {
  return (
    <div className="flex gap-3">
      <NamedField field={AT} {...props} />
      <div className="min-w-0 flex-1">
        <NamedField field={ZONE} {...props} />
      </div>
    </div>
  );
}

function Until({ settings, onChange, findings, isReadOnly }: FormProps) {
  const at = textOf(settings.at);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <Field
      label={texts.until}
      error={messageFor(findings, "configuration.at")}
      hint={texts.yourZone(zone)}
    >
      {(control) => (
        <input
          {...control}
          type="datetime-local"
          disabled={isReadOnly}
          value={localValue(at)}
          onChange={(event) => {
            const time = new Date(event.target.value);
            onChange(
              { ...settings, at: Number.isNaN(time.getTime()) ? "" : time.toISOString() },
              "at",
            );
          }}
          className={SMALL}
        />
      )}
    </Field>
  );
}

/** The format of `datetime-local`: no zone, to the minute. */
export function localValue(at: string): string {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) {
    return "";
  }
  const local = new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}

const SIDES = [
  ["before", texts.before],
  ["on", texts.onTheDay],
  ["after", texts.after],
] as const;

function ContactDate(props: FormProps) {
  const { id, settings, onChange, findings, isReadOnly } = props;
  const attributes = useAttributes();
  const offset = recordOf(settings.offset);
  const amount = numberOf(offset.amount, 0);
  const side = amount === 0 ? "on" : amount < 0 ? "before" : "after";
  const sign = side === "before" ? -1 : 1;
  const setOffset = (next: Configuration, burst?: string) =>
    onChange({ ...settings, offset: next }, burst);
  return (
    <>
      <Field
        label={texts.contactDate}
        hint={texts.dateHint}
        error={messageFor(findings, "configuration.attribute")}
      >
        {(control) => (
          <>
            <input
              {...control}
              list={`${id}-attributes`}
              disabled={isReadOnly}
              value={textOf(settings.attribute)}
              placeholder="renewal_date"
              onChange={(event) =>
                onChange({ ...settings, attribute: event.target.value }, "attribute")
              }
              className={classNames(SMALL, "font-mono")}
            />
            <datalist id={`${id}-attributes`}>
              {attributes.map((it) => (
                <option key={it} value={it} />
              ))}
            </datalist>
          </>
        )}
      </Field>
      <Field label={texts.occurs} error={messageFor(findings, "configuration.occurs")}>
        {(control) => (
          <Select
            id={control.id}
            value={textOf(settings.occurs, "once")}
            options={[
              ["once", texts.once],
              ["yearly", texts.yearly],
            ]}
            isOff={isReadOnly}
            onChange={(value) =>
              onChange(
                value === "once" ? without(settings, "occurs") : { ...settings, occurs: value },
              )
            }
          />
        )}
      </Field>
      <Field label={texts.when} error={messageFor(findings, "configuration.offset")}>
        {() => (
          <span className="flex gap-2">
            {side === "on" ? null : (
              <LengthInput
                label={texts.offset}
                value={{ ...offset, amount: Math.abs(amount) }}
                onChange={(next, burst) =>
                  setOffset({ ...next, amount: sign * numberOf(next.amount, 1) }, burst)
                }
                burst="offset"
                isOff={isReadOnly}
              />
            )}
            <Select
              label={texts.beforeOrAfter}
              value={side}
              options={SIDES}
              isOff={isReadOnly}
              onChange={(next) =>
                setOffset({
                  unit: "days",
                  ...offset,
                  amount:
                    next === "on" ? 0 : (next === "before" ? -1 : 1) * (Math.abs(amount) || 1),
                })
              }
            />
          </span>
        )}
      </Field>
      <Clock {...props} />
      <Field label={texts.ifMissing}>
        {(control) => (
          <Select
            id={control.id}
            value={textOf(settings.if_missing, "end")}
            options={[
              ["end", texts.endsHere],
              ["continue", texts.goesOn],
            ]}
            isOff={isReadOnly}
            onChange={(value) => onChange({ ...settings, if_missing: value })}
          />
        )}
      </Field>
    </>
  );
}
