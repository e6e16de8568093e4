"use client";

import { exact, relative } from "./format";
import { useNow } from "./now";

/** A relative time, with the exact one on hover. It updates with the clock. */
export function Moment({ at, none = "–" }: { at: string | null | undefined; none?: string }) {
  const nowMs = useNow();
  if (!at) {
    return <>{none}</>;
  }
  return (
    <time dateTime={at} title={exact(at)} className="tabular-nums">
      {relative(at, nowMs)}
    </time>
  );
}
