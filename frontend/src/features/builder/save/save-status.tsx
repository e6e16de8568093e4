"use client";

import { CircleAlert, CloudOff } from "lucide-react";
import { useReach } from "@/shared/api/reach";
import { useSaver } from "../context";
import { texts } from "../texts";

/** Whether your changes are saved. */
export function SaveStatus() {
  const save = useSaver((it) => it.save);
  const isSignedOut = useReach((it) => it.isSignedOut);
  switch (save.kind) {
    case "saved":
      return <Said>{texts.saved}</Said>;
    case "waiting":
    case "saving":
      return <Said>{texts.saving}</Said>;
    case "offline":
      return (
        <span role="alert" className="flex items-center gap-1.5 text-caption text-waiting">
          <CloudOff size={14} aria-hidden className="shrink-0" />
          {isSignedOut ? texts.notSavedSignedOut : texts.notSavedOffline}
        </span>
      );
    case "refused":
      return (
        <span role="alert" className="flex min-w-0 items-center gap-1.5 text-caption text-failed">
          <CircleAlert size={14} aria-hidden className="shrink-0" />
          <span className="truncate" title={save.message}>
            {texts.notSaved(save.message)}
          </span>
        </span>
      );
    case "gone":
      return (
        <span role="alert" className="flex items-center gap-1.5 text-caption text-failed">
          <CircleAlert size={14} aria-hidden className="shrink-0" /> {texts.deletedBySomeone}
        </span>
      );
    case "conflict":
      return (
        <span role="alert" className="flex items-center gap-1.5 text-caption text-failed">
          <CircleAlert size={14} aria-hidden /> {texts.notSavedConflict}
        </span>
      );
  }
}

function Said({ children }: { children: string }) {
  return <span className="whitespace-nowrap text-caption text-ink-faint">{children}</span>;
}
