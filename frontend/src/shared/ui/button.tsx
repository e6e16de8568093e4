import type { ButtonHTMLAttributes, Ref } from "react";
import { classNames } from "@/shared/class-names";

const KINDS = {
  primary: "bg-accent text-on-accent hover:bg-accent-strong",
  secondary: "border border-line-strong bg-raised text-ink hover:bg-sunken",
  quiet: "text-ink-soft hover:bg-sunken hover:text-ink",
  danger: "bg-failed text-raised hover:opacity-90 dark:text-canvas",
} as const;

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: keyof typeof KINDS;
  /** Shown instead of the label's icon; the button takes no clicks meanwhile. */
  isBusy?: boolean;
  isSquare?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

/** A verb. At most one primary on a page. */
export function Button({
  kind = "secondary",
  isBusy = false,
  isSquare = false,
  className,
  disabled,
  type = "button",
  ...rest
}: ButtonProps) {
  return (
    <button
      type={type}
      disabled={disabled || isBusy}
      aria-busy={isBusy || undefined}
      className={classNames(
        "inline-flex h-8 shrink-0 items-center justify-center gap-2 whitespace-nowrap rounded-control font-medium transition-colors duration-150 disabled:opacity-50",
        isSquare ? "w-8" : "px-3",
        KINDS[kind],
        isBusy && "animate-pulse",
        className,
      )}
      {...rest}
    />
  );
}
