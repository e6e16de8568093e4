"use client";

import { useQuery } from "@tanstack/react-query";
import { api, ask, type Schemas } from "@/shared/api/client";

export type Restoration = Schemas["RestorationView"];

export const RESTORATION = ["restoration"] as const;
const REFRESH_MS = 30_000;
/** While the leads are being gone through. */
const SOON_MS = 1_000;

/** Whether the store was restored from a backup and is held. */
export function useRestoration() {
  return useQuery({
    queryKey: RESTORATION,
    queryFn: ({ signal }) => ask(api.GET("/api/v1/restoration", { signal })),
    refetchInterval: ({ state }) => (state.data?.state === "releasing" ? SOON_MS : REFRESH_MS),
  });
}
