"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ask, type Schemas } from "@/shared/api/client";
import type { Contact } from "./changes";

/** Everything that shows contacts of the campaign. */
export function contactsKey(campaignId: string) {
  return ["contacts", campaignId] as const;
}

/** One contact, with its lead and what it means to change or delete it. */
export function useContact(campaignId: string, seq: number) {
  return useQuery({
    queryKey: [...contactsKey(campaignId), "one", seq],
    queryFn: ({ signal }): Promise<Contact> =>
      ask(
        api.GET("/api/v1/campaigns/{campaign_id}/contacts/{seq}", {
          params: { path: { campaign_id: campaignId, seq } },
          signal,
        }),
      ),
  });
}

/** How many contacts the campaign has; undefined while that is not known. */
export function useTotal(campaignId: string, isWanted: boolean): number | undefined {
  const found = useQuery({
    queryKey: [...contactsKey(campaignId), "total"],
    queryFn: ({ signal }) =>
      ask(
        api.GET("/api/v1/campaigns/{campaign_id}/contacts", {
          params: { path: { campaign_id: campaignId }, query: { limit: 1 } },
          signal,
        }),
      ),
    enabled: isWanted,
  });
  return found.data?.total;
}

/** After a change, whatever came of it, everything that shows contacts is read again. */
function useChanging<T, R>(campaignId: string, change: (wanted: T) => Promise<R>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => queries.invalidateQueries({ queryKey: contactsKey(campaignId) }),
  });
}

export function useChange(campaignId: string, seq: number) {
  return useChanging(campaignId, (body: Schemas["ContactChange"]) =>
    ask(
      api.PATCH("/api/v1/campaigns/{campaign_id}/contacts/{seq}", {
        params: { path: { campaign_id: campaignId, seq } },
        body,
      }),
    ),
  );
}

export function useDelete(campaignId: string, seq: number) {
  return useChanging(campaignId, (query: { revision: number; accepts: string[] }) =>
    ask(
      api.DELETE("/api/v1/campaigns/{campaign_id}/contacts/{seq}", {
        params: { path: { campaign_id: campaignId, seq }, query },
      }),
    ),
  );
}

/** A person who was told what a change means accepts that. */
export function acceptedBy(contact: Contact): string[] {
  return contact.lead?.is_under_way ? ["under_way"] : [];
}
