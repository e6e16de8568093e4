import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, ask } from "@/shared/api/client";

/** How often the figures are read again while the page is visible. */
const AFRESH_MS = 10_000;

export type Unit = "hour" | "day";

export function useResults(campaignId: string) {
  return useQuery({
    queryKey: ["campaigns", campaignId, "results"],
    queryFn: ({ signal }) =>
      ask(
        api.GET("/api/v1/campaigns/{campaign_id}/results", {
          params: { path: { campaign_id: campaignId } },
          signal,
        }),
      ),
    refetchInterval: AFRESH_MS,
  });
}

/** `email` "": all e-mails together. */
export function useOverTime(campaignId: string, email: string, unit: Unit) {
  return useQuery({
    queryKey: ["campaigns", campaignId, "results", email, unit],
    queryFn: ({ signal }) =>
      ask(
        api.GET("/api/v1/campaigns/{campaign_id}/results/over-time", {
          params: {
            path: { campaign_id: campaignId },
            query: { unit, ...(email ? { email } : {}) },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: AFRESH_MS,
  });
}

export function csvOf(campaignId: string): string {
  return `/api/v1/campaigns/${encodeURIComponent(campaignId)}/results.csv`;
}

export function overTimeCsvOf(campaignId: string, email: string, unit: Unit): string {
  const query = new URLSearchParams({ unit, ...(email ? { email } : {}) });
  return `/api/v1/campaigns/${encodeURIComponent(campaignId)}/results/over-time.csv?${query}`;
}
