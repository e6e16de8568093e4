"use client";

/** The API of one campaign, as the builder uses it. Writes are queued with the saver's. */
import { useMemo } from "react";
import { api, ask, askWhole, type Schemas } from "@/shared/api/client";
import { useWorkbench } from "./context";
import type { Campaign, DraftApi, Finding, Kept } from "./save/saver";

type Document = Schemas["FlowDocument"];
/** When a campaign starts and when it ends, as the API takes it. */
export type Timing = Pick<Schemas["Launch"], "at" | "ends" | "ends_at">;

export function draftApiOf(campaignId: string): DraftApi {
  const path = { campaign_id: campaignId };
  return {
    read: async () => {
      const { kept } = await readCampaign(campaignId);
      return kept;
    },
    put: async (draft, etag) => {
      const { data, response } = await askWhole(
        api.PUT("/api/v1/campaigns/{campaign_id}/flow", {
          params: { path, header: { "if-match": etag } },
          body: draft as Document,
        }),
      );
      const { draft: saved, is_published: isPublished, findings } = data;
      return {
        etag: etagOf(response),
        campaign: viewOf(data),
        draft: saved,
        isPublished,
        findings,
      };
    },
  };
}

export async function readCampaign(
  campaignId: string,
): Promise<{ kept: Kept; counts: Schemas["CountsView"] }> {
  const { data, response } = await askWhole(
    api.GET("/api/v1/campaigns/{campaign_id}", {
      params: { path: { campaign_id: campaignId } },
    }),
  );
  const { draft, is_published: isPublished, counts } = data;
  return { kept: { etag: etagOf(response), campaign: viewOf(data), draft, isPublished }, counts };
}

/** `contacts`: what they do not have is found, too; saving finds the rest. */
export async function findingsOf(campaignId: string, contacts: boolean): Promise<Finding[]> {
  const found = await ask(
    api.POST("/api/v1/campaigns/{campaign_id}/validate", {
      params: { path: { campaign_id: campaignId }, query: { contacts } },
    }),
  );
  return found.findings;
}

function etagOf(response: Response): string {
  return response.headers.get("etag") ?? "";
}

export interface CampaignApi {
  change: (settings: Schemas["CampaignChange"]) => Promise<void>;
  /** `accepts`: the codes of the warnings that were shown. */
  launch: (accepts: string[], timing: Timing) => Promise<void>;
  unschedule: () => Promise<void>;
  end: () => Promise<void>;
  /** `move`: what happens to the leads on their way; left out: they stay in their version. */
  publish: (move?: Schemas["LeadsMove"]) => Promise<void>;
  pause: () => Promise<void>;
  resume: () => Promise<void>;
  cancel: () => Promise<void>;
}

const PUBLISHED = { isPublished: true } as const;

/** Every change of the campaign creates a new revision, which is reported to the saver. */
export function useCampaignApi(): CampaignApi {
  const { campaignId, saver } = useWorkbench();
  return useMemo(() => {
    const path = { campaign_id: campaignId };
    const told = (
      work: () => Promise<{ campaign: Campaign; response: Response }>,
      news: Partial<Kept> = {},
    ): Promise<void> =>
      saver.exclusively(async () => {
        const { campaign, response } = await work();
        const kept = { ...news, campaign: viewOf(campaign), etag: etagOf(response) };
        return { kept, result: undefined };
      });
    const act = (name: "unschedule" | "pause" | "resume" | "end") =>
      told(async () => {
        const { data, response } = await askWhole(
          api.POST(`/api/v1/campaigns/{campaign_id}/${name}`, { params: { path } }),
        );
        return { campaign: data, response };
      });
    return {
      change: (settings) =>
        told(async () => {
          const { data, response } = await askWhole(
            api.PATCH("/api/v1/campaigns/{campaign_id}", { params: { path }, body: settings }),
          );
          return { campaign: data, response };
        }),
      launch: (accepts, timing) =>
        told(async () => {
          const { data, response } = await askWhole(
            api.POST("/api/v1/campaigns/{campaign_id}/launch", {
              params: { path },
              body: { accepts, ...timing },
            }),
          );
          return { campaign: data.campaign, response };
        }, PUBLISHED),
      publish: (move) =>
        told(async () => {
          const { data, response } = await askWhole(
            api.POST("/api/v1/campaigns/{campaign_id}/publish", {
              params: { path },
              body: { move: move ?? null },
            }),
          );
          return { campaign: data, response };
        }, PUBLISHED),
      unschedule: () => act("unschedule"),
      end: () => act("end"),
      pause: () => act("pause"),
      resume: () => act("resume"),
      cancel: () =>
        told(async () => {
          const { data, response } = await askWhole(
            api.POST("/api/v1/campaigns/{campaign_id}/cancel", { params: { path } }),
          );
          return { campaign: data.campaign, response };
        }),
    };
  }, [campaignId, saver]);
}

/** Answers may contain more than the campaign itself. */
function viewOf(campaign: Campaign): Campaign {
  const { campaign_id, name, status, created_at, updated_at, version, revision } = campaign;
  const { from_email, from_name, reply_to, lateness_max_seconds, pause_reason } = campaign;
  const { launch_at, launched_at, ends, ends_at } = campaign;
  return {
    campaign_id,
    name,
    status,
    created_at,
    updated_at,
    version,
    revision,
    from_email,
    from_name,
    reply_to,
    lateness_max_seconds,
    launch_at,
    launched_at,
    ends,
    ends_at,
    pause_reason,
  };
}
