"use client";

import { exact, relative } from "./format";
import { useNow } from "./now";

/** A time as people say it; the exact one on hover. It keeps up with the clock. */
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
