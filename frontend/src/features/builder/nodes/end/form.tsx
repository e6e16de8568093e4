"use client";

import { textOf } from "@/shared/json";
import { Field } from "@/shared/ui/field";
import { type FormProps, messageFor, SMALL } from "../../inspector/controls";
import { texts } from "./texts";

export function EndForm({ settings, onChange, findings, isReadOnly }: FormProps) {
  return (
    <Field
      label={texts.reason}
      hint={texts.reasonHint}
      error={messageFor(findings, "configuration.reason")}
    >
      {(control) => (
        <input
          {...control}
          disabled={isReadOnly}
          value={textOf(settings.reason, "finished")}
          onChange={(event) => onChange({ ...settings, reason: event.target.value }, "reason")}
          className={SMALL}
        />
      )}
    </Field>
  );
}
