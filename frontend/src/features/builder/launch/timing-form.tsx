"use client";

import { instant } from "@/shared/time/format";
import { useNow } from "@/shared/time/now";
import { CONTROL_LINE, Field } from "@/shared/ui/field";
import { Segments, Select } from "../inspector/controls";
import { texts } from "./texts";
import { type Ending, faultsOf, instantOf, type TimingChoice } from "./timing";

const ENDINGS = ["when_through", "at_date", "by_hand"] as const;

interface TimingFormProps {
  choice: TimingChoice;
  onChange: (choice: TimingChoice) => void;
}

/** When the campaign starts, and when it ends. */
export function TimingForm({ choice, onChange }: TimingFormProps) {
  const faults = faultsOf(choice, useNow());
  return (
    <section className="flex flex-col gap-3">
      <Field label={texts.start} hint={choice.isNow ? undefined : texts.untilThen}>
        {() => (
          <Segments
            label={texts.start}
            value={choice.isNow ? "now" : "at"}
            options={[
              ["now", texts.now],
              ["at", texts.atTime],
            ]}
            onChange={(value) => onChange({ ...choice, isNow: value === "now" })}
          />
        )}
      </Field>
      {choice.isNow ? null : (
        <TimeField
          label={texts.startsAt}
          value={choice.startsAt}
          fault={faults.startsAt}
          onChange={(startsAt) => onChange({ ...choice, startsAt })}
        />
      )}
      <Field label={texts.ends} hint={texts.endsAbout[choice.ends]}>
        {(control) => (
          <Select
            id={control.id}
            value={choice.ends}
            isOff={false}
            options={ENDINGS.map((it) => [it, texts.endings[it]] as const)}
            onChange={(value) => onChange({ ...choice, ends: value as Ending })}
            className="w-full"
          />
        )}
      </Field>
      {choice.ends === "at_date" ? (
        <TimeField
          label={texts.endsAt}
          value={choice.endsAt}
          fault={faults.endsAt}
          onChange={(endsAt) => onChange({ ...choice, endsAt })}
        />
      ) : null}
    </section>
  );
}

interface TimeFieldProps {
  label: string;
  value: string;
  fault: string | undefined;
  onChange: (value: string) => void;
}

/** A local time, with the zone's name below. */
function TimeField({ label, value, fault, onChange }: TimeFieldProps) {
  const at = instantOf(value);
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return (
    <Field
      label={label}
      hint={at ? texts.inZone(instant(at), timeZone) : timeZone}
      error={value === "" ? undefined : fault}
    >
      {(control) => (
        <input
          {...control}
          type="datetime-local"
          value={value}
          onChange={(event) => onChange(event.target.value)}
          className={CONTROL_LINE}
        />
      )}
    </Field>
  );
}
