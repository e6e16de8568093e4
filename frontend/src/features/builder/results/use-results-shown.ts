"use client";

import { useCallback } from "react";
import { useQueryState } from "@/shared/use-query-state";

const RESULTS = "results";

/** Whether the page shows results, `?view=results`, and a function that changes it. */
export function useResultsShown(): [boolean, (isShown: boolean) => void] {
  const [view, setView] = useQueryState("view");
  const show = useCallback((isShown: boolean) => setView(isShown ? RESULTS : ""), [setView]);
  return [view === RESULTS, show];
}
