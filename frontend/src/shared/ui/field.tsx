import { type ReactNode, useId } from "react";
import { classNames } from "@/shared/class-names";

export const CONTROL =
  "w-full rounded-control border border-line-strong bg-raised px-2.5 text-ink transition-colors hover:border-ink-faint focus:border-accent aria-invalid:border-failed disabled:opacity-60";

export const CONTROL_LINE = classNames(CONTROL, "h-8");

interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: string | null | undefined;
  isLabelHidden?: boolean;
  /** Receives the attributes that link the control to its label and messages. */
  children: (control: {
    id: string;
    "aria-describedby": string | undefined;
    "aria-invalid": true | undefined;
  }) => ReactNode;
}

/** A control with its label above and its error below, in the API's own words. */
export function Field({ label, hint, error, isLabelHidden = false, children }: FieldProps) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div className="flex flex-col gap-1">
      <label
        htmlFor={id}
        className={isLabelHidden ? "sr-only" : "text-dense font-medium text-ink-soft"}
      >
        {label}
      </label>
      {children({
        id,
        "aria-describedby": note ? `${id}-note` : undefined,
        "aria-invalid": error ? true : undefined,
      })}
      {note ? (
        <p
          id={`${id}-note`}
          className={classNames("text-caption", error ? "text-failed" : "text-ink-faint")}
        >
          {note}
        </p>
      ) : null}
    </div>
  );
}
