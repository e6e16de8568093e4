"use client";

import { CircleAlert, CloudOff } from "lucide-react";
import { useReach } from "@/shared/api/reach";
import { useSaver } from "../context";

/** Whether what you see is kept. */
export function SaveStatus() {
  const save = useSaver((it) => it.save);
  const isSignedOut = useReach((it) => it.isSignedOut);
  switch (save.kind) {
    case "saved":
      return <Said>Saved</Said>;
    case "waiting":
    case "saving":
      return <Said>Saving …</Said>;
    case "offline":
      return (
        <span role="alert" className="flex items-center gap-1.5 text-caption text-waiting">
          <CloudOff size={14} aria-hidden className="shrink-0" />
          {isSignedOut
            ? "Not saved: you are signed out"
            : "Not saved: no answer; it is tried again by itself"}
        </span>
      );
    case "refused":
      return (
        <span role="alert" className="flex min-w-0 items-center gap-1.5 text-caption text-failed">
          <CircleAlert size={14} aria-hidden className="shrink-0" />
          <span className="truncate" title={save.message}>
            Not saved: {save.message}
          </span>
        </span>
      );
    case "gone":
      return (
        <span role="alert" className="flex items-center gap-1.5 text-caption text-failed">
          <CircleAlert size={14} aria-hidden className="shrink-0" /> Deleted by somebody
        </span>
      );
    case "conflict":
      return (
        <span role="alert" className="flex items-center gap-1.5 text-caption text-failed">
          <CircleAlert size={14} aria-hidden /> Not saved: changed by somebody else
        </span>
      );
  }
}

function Said({ children }: { children: string }) {
  return <span className="whitespace-nowrap text-caption text-ink-faint">{children}</span>;
}
