"use client";

import { CONTROL_LINE, Field } from "@/shared/ui/field";

interface TokenFieldProps {
  label: string;
  error: string | null;
  value: string;
  onChange: (token: string) => void;
}

/** The field for signing in: it hides its text, and a password manager may store it. */
export function TokenField({ label, error, value, onChange }: TokenFieldProps) {
  return (
    <Field label={label} error={error}>
      {(control) => (
        <input
          {...control}
          type="password"
          required
          autoComplete="current-password"
          spellCheck={false}
          placeholder="ebk_…"
          value={value}
          onChange={(event) => onChange(event.target.value)}
          className={`${CONTROL_LINE} font-mono`}
        />
      )}
    </Field>
  );
}
