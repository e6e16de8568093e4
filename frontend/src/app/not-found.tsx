"use client";

import { lazy, Suspense } from "react";
import { texts } from "./texts";

/** Loaded only when it is shown: what this page imports is loaded with every page. */
const Shell = lazy(async () => ({ default: (await import("@/features/shell/shell")).Shell }));

export default function NotFound() {
  return (
    <Suspense>
      <Shell>
        <div className="mx-auto flex max-w-md flex-col items-center gap-2 px-6 py-16 text-center">
          <h1 className="font-semibold">{texts.noPage}</h1>
          <p className="text-ink-soft">{texts.noPageAbout}</p>
          <a href="/app" className="mt-3 font-medium text-accent underline">
            {texts.goHome}
          </a>
        </div>
      </Shell>
    </Suspense>
  );
}
