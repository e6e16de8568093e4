"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { hasEnded } from "@/entities/lead/standing";
import { api, ask, type Schemas } from "@/shared/api/client";

export type LeadRead = Schemas["LeadRead"];

const REFRESH_MS = 2_000;

function keyOf(campaignId: string, leadId: string) {
  return ["lead", campaignId, leadId] as const;
}

/** One lead with its timeline; refreshed while the lead is in progress and the page is visible. */
export function useLead(campaignId: string, leadId: string) {
  return useQuery({
    queryKey: keyOf(campaignId, leadId),
    queryFn: ({ signal }): Promise<LeadRead> =>
      ask(
        api.GET("/api/v1/campaigns/{campaign_id}/leads/{lead_id}", {
          params: { path: { campaign_id: campaignId, lead_id: leadId } },
          signal,
        }),
      ),
    enabled: campaignId !== "" && leadId !== "",
    refetchInterval: (query) => {
      const lead = query.state.data;
      return lead && !hasEnded(lead) ? REFRESH_MS : false;
    },
  });
}

/** Refreshes at once, after an action on the lead. */
export function useLookAgain(campaignId: string, leadId: string): () => Promise<void> {
  const queries = useQueryClient();
  return useCallback(
    () => queries.invalidateQueries({ queryKey: keyOf(campaignId, leadId) }),
    [queries, campaignId, leadId],
  );
}
