import { classNames } from "@/shared/class-names";

export type Hue = "waiting" | "running" | "sent" | "failed" | "unknown" | "neutral";

const SHAPES: Record<Hue, string> = {
  waiting: "bg-waiting rounded-full",
  running: "bg-running rounded-full",
  sent: "bg-sent rounded-full",
  failed: "bg-failed rotate-45",
  unknown: "bg-unknown rounded-[2px]",
  neutral: "bg-line-strong rounded-full",
};

/** A dot and a word: colour alone says nothing. */
export function Status({ hue, children }: { hue: Hue; children: string }) {
  return (
    <span className="inline-flex items-center gap-2 whitespace-nowrap">
      <span aria-hidden className={classNames("size-2 shrink-0", SHAPES[hue])} />
      {children}
    </span>
  );
}
