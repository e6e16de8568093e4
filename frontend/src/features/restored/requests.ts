"use client";

import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { RESTORATION } from "@/entities/restoration/requests";
import { api, ask, type Schemas } from "@/shared/api/client";

export type HeldLead = Schemas["HeldLeadView"];
export type Choice = Schemas["Choice"];

const PAGE = 100;
const LEADS = [...RESTORATION, "leads"] as const;

export function useHeldLeads(isHeld: boolean) {
  return useInfiniteQuery({
    queryKey: LEADS,
    enabled: isHeld,
    queryFn: ({ pageParam, signal }) =>
      ask(
        api.GET("/api/v1/restoration/leads", {
          params: { query: { limit: PAGE, ...(pageParam ? { cursor: pageParam } : {}) } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
  });
}

export function useChoose() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ lead_id, choice }: { lead_id: string; choice: Choice | null }) =>
      ask(api.POST("/api/v1/restoration/choices", { body: { lead_ids: [lead_id], choice } })),
    onSettled: () => queries.invalidateQueries({ queryKey: LEADS }),
  });
}

/** Everything that is shown may change with it. */
export function useRelease() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (choice: Choice) =>
      ask(api.POST("/api/v1/restoration/release", { body: { choice } })),
    onSettled: () => queries.invalidateQueries(),
  });
}
