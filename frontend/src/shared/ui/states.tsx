"use client";

import { CloudOff, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { isUnreached, problemText } from "@/shared/api/problem";
import { texts } from "@/shared/texts";
import { Button } from "./button";

/** What a page shows while it is empty or loading. */
export function Empty({
  title,
  children,
  action,
}: {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="mx-auto flex max-w-md flex-col items-center gap-2 px-6 py-16 text-center">
      <h2 className="font-semibold">{title}</h2>
      {children ? <div className="text-ink-soft">{children}</div> : null}
      {action ? <div className="mt-3 flex gap-2">{action}</div> : null}
    </div>
  );
}

export function Failure({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const isOffline = isUnreached(error);
  const Icon = isOffline ? CloudOff : TriangleAlert;
  return (
    <div
      role="alert"
      className="mx-auto flex max-w-md flex-col items-center gap-2 px-6 py-16 text-center"
    >
      <Icon size={20} className="text-failed" aria-hidden />
      <h2 className="font-semibold">{isOffline ? texts.noAnswerTitle : texts.failedTitle}</h2>
      <p className="text-ink-soft">{problemText(error)}</p>
      {onRetry ? (
        <Button className="mt-3" onClick={onRetry}>
          {texts.tryAgain}
        </Button>
      ) : null}
    </div>
  );
}

/** Grey lines in place of rows, so that nothing jumps when the rows appear. */
export function Skeleton({ lines = 6 }: { lines?: number }) {
  return (
    <div role="status" aria-label={texts.loading} className="flex flex-col gap-3 py-3">
      {Array.from({ length: lines }, (_, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: all alike
        <div key={place} className="h-5 animate-pulse rounded-control bg-sunken dark:bg-raised" />
      ))}
    </div>
  );
}
