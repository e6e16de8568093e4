"use client";

import { useShallow } from "zustand/react/shallow";
import { useLive } from "./use-live";

const clock = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});

/** How an edge looks while a lead's path is shown, and when the lead took it. */
export function usePassage(id: string): {
  isWalked: boolean;
  isDimmed: boolean;
  at: string | null;
  why: string | null;
} {
  return useLive(
    useShallow(({ path }) => {
      const passage = path?.passages.get(id);
      return {
        isWalked: passage !== undefined,
        isDimmed: path !== null && passage === undefined,
        at: passage?.at ? clock.format(new Date(passage.at)) : null,
        why: passage?.why ?? null,
      };
    }),
  );
}

export function useIsDimmed(id: string): boolean {
  return useLive(({ path }) => path !== null && !path.nodes.has(id));
}
