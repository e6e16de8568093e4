"use client";

import type { FormField } from "@/entities/flow/nodes/kind";
import { classNames } from "@/shared/class-names";
import { textOf } from "@/shared/json";
import { Field } from "@/shared/ui/field";
import { type FormProps, messageFor, SMALL } from "./controls";
import { ZoneSelect } from "./zone-select";

/** The form of a node type with a kind that names its fields. */
export function FieldsForm({ fields, ...props }: FormProps & { fields: readonly FormField[] }) {
  return fields.map((it) => <NamedField key={it.key} field={it} {...props} />);
}

export function NamedField({
  field,
  settings,
  onChange,
  findings,
  isReadOnly,
}: FormProps & { field: FormField }) {
  const { key, label, hint, usual } = field;
  const value = textOf(settings[key], usual);
  return (
    <Field label={label} hint={hint} error={messageFor(findings, `configuration.${key}`)}>
      {(control) =>
        field.control === "zone" ? (
          <ZoneSelect
            {...control}
            owners
            value={value}
            onChange={(zone) => onChange({ ...settings, [key]: zone })}
            isOff={isReadOnly}
          />
        ) : (
          <input
            {...control}
            type={field.control}
            disabled={isReadOnly}
            value={value}
            onChange={(event) => onChange({ ...settings, [key]: event.target.value }, key)}
            className={field.control === "time" ? classNames(SMALL, "w-24") : SMALL}
          />
        )
      }
    </Field>
  );
}
