"use client";

import { useId } from "react";
import type { Configuration } from "@/entities/flow/document";
import { classNames } from "@/shared/class-names";
import { numberOf, textOf } from "@/shared/json";
import { CONTROL } from "@/shared/ui/field";
import type { Finding } from "../save/saver";
import { texts } from "../texts";

/** The props of a form of the inspector. */
export interface FormProps {
  id: string;
  settings: Configuration;
  /** `burst` names a field that is being typed into. */
  onChange: (settings: Configuration, burst?: string) => void;
  findings: readonly Finding[];
  isReadOnly: boolean;
}

/** The API's findings about a field and what it contains. */
export function messageFor(findings: readonly Finding[], path: string): string | undefined {
  return findings.find(
    ({ field }) => field === path || field?.startsWith(`${path}.`) || field?.startsWith(`${path}[`),
  )?.message;
}

export const SMALL = classNames(CONTROL, "h-8 text-dense");

/** A choice of a few options, all visible. */
export function Segments<T extends string>({
  label,
  value,
  options,
  onChange,
  isOff = false,
}: {
  label: string;
  value: T | string;
  options: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
  isOff?: boolean;
}) {
  const name = useId();
  return (
    <fieldset disabled={isOff} className="flex rounded-control bg-sunken p-0.5">
      <legend className="sr-only">{label}</legend>
      {options.map(([key, text]) => (
        <label
          key={key}
          className={classNames(
            "flex h-7 flex-1 cursor-pointer items-center justify-center whitespace-nowrap rounded-[5px] px-1.5 text-dense transition-colors duration-150 has-focus-visible:outline-2 has-focus-visible:outline-accent",
            value === key
              ? "bg-raised font-medium text-ink ring-1 ring-line-strong"
              : "text-ink-soft hover:text-ink",
          )}
        >
          <input
            type="radio"
            name={name}
            className="sr-only"
            checked={value === key}
            onChange={() => onChange(key)}
          />
          {text}
        </label>
      ))}
    </fieldset>
  );
}

const UNITS = ["seconds", "minutes", "hours", "days", "weeks"] as const;

/** An amount and its unit. `value` may be incomplete. */
export function LengthInput({
  label,
  value,
  onChange,
  burst,
  isOff,
  isInvalid = false,
  isSigned = false,
}: {
  label: string;
  value: Configuration;
  onChange: (value: Configuration, burst?: string) => void;
  burst: string;
  isOff: boolean;
  isInvalid?: boolean;
  isSigned?: boolean;
}) {
  const amount = value.amount;
  return (
    <span className="flex gap-2">
      <input
        type="number"
        aria-label={`${label}: amount`}
        aria-invalid={isInvalid || undefined}
        min={isSigned ? undefined : 1}
        step={1}
        disabled={isOff}
        value={typeof amount === "number" ? amount : ""}
        onChange={(event) => {
          const typed = event.target.valueAsNumber;
          onChange({ ...value, amount: Number.isNaN(typed) ? null : typed }, `${burst}.amount`);
        }}
        className={classNames(SMALL, "w-20 tabular-nums")}
      />
      <Select
        label={`${label}: unit`}
        value={textOf(value.unit, "days")}
        options={UNITS.map((it) => [
          it,
          Math.abs(numberOf(amount, 2)) === 1 ? it.replace(/s$/, "") : it,
        ])}
        onChange={(unit) => onChange({ ...value, unit })}
        isOff={isOff}
      />
    </span>
  );
}

/** The browser's own list; a value that is not among the options is shown unchanged. */
export function Select({
  label,
  value,
  options,
  onChange,
  isOff,
  isInvalid = false,
  className,
  ...rest
}: {
  label?: string;
  value: string;
  options: readonly (readonly [string, string])[];
  onChange: (value: string) => void;
  isOff: boolean;
  isInvalid?: boolean;
  className?: string;
  id?: string;
  "aria-describedby"?: string | undefined;
}) {
  const isKnown = options.some(([key]) => key === value);
  return (
    <select
      {...rest}
      {...(label ? { "aria-label": label } : {})}
      aria-invalid={isInvalid || undefined}
      disabled={isOff}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      className={classNames(SMALL, "min-w-0 pr-1", className)}
    >
      {isKnown ? null : <option value={value}>{value || texts.choose}</option>}
      {options.map(([key, text]) => (
        <option key={key} value={key}>
          {text}
        </option>
      ))}
    </select>
  );
}
