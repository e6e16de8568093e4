"use client";

import { useQueryClient } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { texts } from "@/shared/texts";
import { Button } from "@/shared/ui/button";

/** A part of the program that is loaded on demand could not be loaded. */
function isUnread(error: Error): boolean {
  return (
    error.name === "ChunkLoadError" ||
    /loading (css )?chunk|dynamically imported/i.test(error.message)
  );
}

/** Replaces a page that threw, so that it is never blank. */
export function PageBroke({ error, onAgain }: { error: Error; onAgain: () => void }) {
  const queries = useQueryClient();
  const isPart = isUnread(error);
  const again = () => {
    // Cached data may have caused the error.
    queries.removeQueries();
    onAgain();
  };
  return (
    <div
      role="alert"
      className="mx-auto flex max-w-md flex-col items-center gap-2 px-6 py-16 text-center"
    >
      <TriangleAlert size={20} className="text-failed" aria-hidden />
      <h1 className="font-semibold">{isPart ? texts.pagePartMissing : texts.pageFailed}</h1>
      <p className="text-ink-soft">{isPart ? texts.partAbout : texts.failedAbout}</p>
      {isPart ? null : (
        <code className="max-w-full break-words rounded-control bg-sunken px-3 py-2 text-left font-mono text-caption">
          {error.message || error.name}
        </code>
      )}
      <div className="mt-3 flex gap-2">
        {isPart ? (
          <Button kind="primary" onClick={() => window.location.reload()}>
            {texts.reload}
          </Button>
        ) : (
          <>
            <Button onClick={() => window.location.assign("/app")}>{texts.goHome}</Button>
            <Button kind="primary" onClick={again}>
              {texts.showAgain}
            </Button>
          </>
        )}
      </div>
    </div>
  );
}
