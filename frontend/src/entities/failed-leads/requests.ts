"use client";

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { api, ask, type Schemas } from "@/shared/api/client";
import { addedUp } from "./groups";

const POLL_MS = 1_000;

/** Counted in parts of some thousand leads, until all are counted. */
export function useFailedLeads(campaignId: string, node: string | null) {
  const counted = useInfiniteQuery({
    queryKey: ["failed-leads", campaignId, node],
    queryFn: ({ pageParam, signal }) =>
      ask(
        api.GET("/api/v1/campaigns/{campaign_id}/failed-leads", {
          params: {
            path: { campaign_id: campaignId },
            query: { after_seq: pageParam, ...(node ? { node } : {}) },
          },
          signal,
        }),
      ),
    initialPageParam: 0,
    getNextPageParam: (last) => last.next_after_seq,
    // What was counted before may have changed since.
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const { hasNextPage, isFetching, isError, fetchNextPage } = counted;
  useEffect(() => {
    if (hasNextPage && !isFetching && !isError) {
      void fetchNextPage();
    }
  }, [hasNextPage, isFetching, isError, fetchNextPage]);
  const failed = useMemo(() => (counted.data ? addedUp(counted.data.pages) : null), [counted.data]);
  return { failed, isComplete: counted.isSuccess && !hasNextPage, error: counted.error, counted };
}

/** `key`: the same for the same request, so that pressing twice retries once. */
export function useRetry(campaignId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ groups, key }: { groups: Schemas["FailedLeadsChoice"][]; key: string }) =>
      ask(
        api.POST("/api/v1/campaigns/{campaign_id}/failed-leads/retry", {
          params: {
            path: { campaign_id: campaignId },
            header: { "idempotency-key": key },
          },
          body: { groups, reason: "" },
        }),
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: ["campaign-live", campaignId] }),
  });
}

export function useJob(campaignId: string, job: Schemas["JobView"] | undefined) {
  return useQuery({
    queryKey: ["job", campaignId, job?.job_id],
    queryFn: ({ signal }): Promise<Schemas["JobView"]> =>
      ask(
        api.GET("/api/v1/campaigns/{campaign_id}/jobs/{job_id}", {
          params: { path: { campaign_id: campaignId, job_id: job?.job_id ?? "" } },
          signal,
        }),
      ),
    enabled: job !== undefined,
    refetchInterval: (query) => (query.state.data?.state === "waiting" ? POLL_MS : false),
  });
}
