"use client";

import { useQueryState } from "@/shared/use-query-state";

const RESULTS = "results";

/** Whether the page shows results, `?view=results`, and a function that changes it. */
export function useResultsShown(): [boolean, (isShown: boolean) => void] {
  const [view, setView] = useQueryState("view");
  return [view === RESULTS, (isShown) => setView(isShown ? RESULTS : "")];
}
