"use client";

import { useQuery } from "@tanstack/react-query";
import { api, ask, type Schemas } from "@/shared/api/client";

/** The campaign with its draft, as of when the page was opened or last looked at. */
export function useCampaign(campaignId: string) {
  return useQuery({
    queryKey: ["campaign-facts", campaignId],
    queryFn: ({ signal }) =>
      ask(
        api.GET("/api/v1/campaigns/{campaign_id}", {
          params: { path: { campaign_id: campaignId } },
          signal,
        }),
      ),
    enabled: campaignId !== "",
    staleTime: 30_000,
  });
}

const LIVE_MS = 2_000;

/** Status and counts, refreshed while the page is visible. */
export function useLive(campaignId: string) {
  return useQuery({
    queryKey: ["campaign-live", campaignId],
    queryFn: ({ signal }): Promise<Schemas["LiveView"]> =>
      ask(
        api.GET("/api/v1/campaigns/{campaign_id}/live", {
          params: { path: { campaign_id: campaignId } },
          signal,
        }),
      ),
    enabled: campaignId !== "",
    refetchInterval: LIVE_MS,
  });
}
