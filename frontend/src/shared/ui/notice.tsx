import type { ReactNode } from "react";
import { classNames } from "@/shared/class-names";
import type { Hue } from "./status";

const SPINES: Record<Hue, string> = {
  waiting: "border-waiting bg-waiting-soft",
  running: "border-running bg-running-soft",
  sent: "border-sent bg-sent-soft",
  failed: "border-failed bg-failed-soft",
  unknown: "border-unknown bg-unknown-soft",
  neutral: "border-line-strong bg-sunken",
};

/** A message or a decision within a page that stays usable. */
export function Notice({
  hue = "neutral",
  children,
  action,
}: {
  hue?: Hue;
  children: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div
      role="status"
      className={classNames(
        "flex flex-wrap items-center gap-x-4 gap-y-2 rounded-control border-l-3 px-4 py-2.5",
        SPINES[hue],
      )}
    >
      <div className="min-w-60 flex-1">{children}</div>
      {action ? <div className="flex shrink-0 gap-2">{action}</div> : null}
    </div>
  );
}
