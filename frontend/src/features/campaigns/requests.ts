"use client";

import {
  type InfiniteData,
  useInfiniteQuery,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { toast } from "sonner";
import type { CampaignStatus } from "@/entities/campaign/status";
import { api, ask, type Schemas } from "@/shared/api/client";
import { problemText } from "@/shared/api/problem";
import { isolated } from "@/shared/bidi";
import { texts } from "./texts";

export type Campaign = Schemas["CampaignListed"];
type Page = Schemas["CampaignPage"];

const PAGE = 50;
const PAGE_SEARCHED = 500;
const AFRESH_MS = 10_000;
const LISTS = ["campaigns", "list"] as const;

/** Campaigns, newest first. `isSearching`: in larger pages, because most of them are not shown. */
export function useCampaigns(status: CampaignStatus | null, isSearching: boolean) {
  return useInfiniteQuery({
    queryKey: [...LISTS, status, isSearching],
    queryFn: ({ pageParam }) =>
      ask(
        api.GET("/api/v1/campaigns", {
          params: {
            query: {
              limit: isSearching ? PAGE_SEARCHED : PAGE,
              ...(status ? { status } : {}),
              ...(pageParam ? { cursor: pageParam } : {}),
            },
          },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last: Page) => last.next_cursor,
    refetchInterval: AFRESH_MS,
  });
}

type Change = "unschedule" | "pause" | "resume" | "end" | "cancel";

const BECOMES = {
  unschedule: "draft",
  pause: "paused",
  resume: "running",
  end: "completed",
  cancel: "cancelled",
} as const;

const INVERSE = {
  unschedule: null,
  pause: "resume",
  resume: "pause",
  end: null,
  cancel: null,
} as const;

function changeOf(verb: Change, campaign_id: string): Promise<unknown> {
  const params = { path: { campaign_id } };
  switch (verb) {
    case "unschedule":
    case "end":
      return ask(api.POST(`/api/v1/campaigns/{campaign_id}/${verb}`, { params }));
    case "pause":
      return ask(api.POST("/api/v1/campaigns/{campaign_id}/pause", { params }));
    case "resume":
      return ask(api.POST("/api/v1/campaigns/{campaign_id}/resume", { params }));
    case "cancel":
      return ask(api.POST("/api/v1/campaigns/{campaign_id}/cancel", { params }));
  }
}

/** Shown at once; if the API refuses, reverted with its message. */
export function useChange() {
  const queries = useQueryClient();
  const change = useMutation({
    mutationFn: ({ verb, campaign }: { verb: Change; campaign: Campaign }) =>
      changeOf(verb, campaign.campaign_id),
    onMutate: async ({ verb, campaign }) => {
      await queries.cancelQueries({ queryKey: LISTS });
      queries.setQueriesData<InfiniteData<Page>>({ queryKey: LISTS }, (lists) =>
        lists ? withStatus(lists, campaign.campaign_id, BECOMES[verb]) : lists,
      );
    },
    onSuccess: (_, { verb, campaign }) => {
      const back = INVERSE[verb];
      toast(texts.done[verb](isolated(campaign.name)), {
        ...(back
          ? {
              action: { label: texts.undo, onClick: () => change.mutate({ verb: back, campaign }) },
            }
          : {}),
      });
    },
    onError: (problem) => toast.error(problemText(problem)),
    onSettled: () => queries.invalidateQueries({ queryKey: ["campaigns"] }),
  });
  return change;
}

export function withStatus(
  lists: InfiniteData<Page>,
  campaignId: string,
  status: string,
): InfiniteData<Page> {
  const changed = (it: Campaign) => (it.campaign_id === campaignId ? { ...it, status } : it);
  return {
    ...lists,
    pages: lists.pages.map((page) => ({ ...page, campaigns: page.campaigns.map(changed) })),
  };
}

export function archive(campaign_id: string): Promise<unknown> {
  const params = { path: { campaign_id } };
  return ask(api.POST("/api/v1/campaigns/{campaign_id}/archive", { params }));
}

export function remove(campaign_id: string): Promise<unknown> {
  const params = { path: { campaign_id } };
  return ask(api.DELETE("/api/v1/campaigns/{campaign_id}", { params }));
}

/** `document`: as in a file. Missing fields get the API's defaults; nothing launches. */
export function create(document: Record<string, unknown>): Promise<Schemas["CampaignCreated"]> {
  const body = { name: texts.untitledCampaign, strict: false, ...document, launch: false };
  return ask(api.POST("/api/v1/campaigns", { body }));
}

/** A new draft, without contacts. */
export function duplicate({ campaign_id }: Campaign): Promise<Schemas["CampaignSaved"]> {
  const params = { path: { campaign_id } };
  return ask(api.POST("/api/v1/campaigns/{campaign_id}/duplicate", { params, body: {} }));
}
