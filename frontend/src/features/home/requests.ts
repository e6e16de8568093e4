"use client";

import { useQueries, useQuery } from "@tanstack/react-query";
import { api, ask, type Schemas } from "@/shared/api/client";

export type Overview = Schemas["OverviewView"];

const AFRESH_MS = 5000;
/** The state of the system involves its neighbours, so it is requested less often than counts. */
const SYSTEM_AFRESH_MS = 15_000;
const ACTIVE_SHOWN = 8;
const UNDECIDED_CAMPAIGNS_MAX = 5;
const UNDECIDED_EACH_MAX = 5;

export function useOverview() {
  return useQuery({
    queryKey: ["overview"],
    queryFn: () => ask(api.GET("/api/v1/overview")),
    refetchInterval: AFRESH_MS,
  });
}

export function useChecks() {
  return useQuery({
    queryKey: ["system"],
    queryFn: () => ask(api.GET("/api/v1/system")),
    refetchInterval: SYSTEM_AFRESH_MS,
  });
}

/** Running campaigns, then those that will run, then paused ones, the newest of each. */
export function useActive() {
  return useQuery({
    queryKey: ["campaigns", "active"],
    queryFn: async () => {
      const pages = await Promise.all(
        (["running", "scheduled", "waiting", "paused"] as const).map((status) =>
          ask(api.GET("/api/v1/campaigns", { params: { query: { status, limit: ACTIVE_SHOWN } } })),
        ),
      );
      return pages.flatMap((it) => it.campaigns).slice(0, ACTIVE_SHOWN);
    },
    refetchInterval: AFRESH_MS,
  });
}

export interface Undecided {
  campaignId: string;
  campaign: string;
  leadId: string;
  recipient: string;
  since: string;
}

/** The messages with an unknown outcome, as many as fit: their recipients, and since when. */
export function useUndecided(troubled: Overview["troubled"]): Undecided[] {
  const asked = troubled.filter((it) => it.unknown > 0).slice(0, UNDECIDED_CAMPAIGNS_MAX);
  return useQueries({
    queries: asked.map(({ campaign_id, name, unknown }) => ({
      queryKey: ["messages", campaign_id, "unknown", unknown],
      queryFn: async (): Promise<Undecided[]> => {
        const page = await ask(
          api.GET("/api/v1/campaigns/{campaign_id}/messages", {
            params: {
              path: { campaign_id },
              query: { state: "unknown", limit: UNDECIDED_EACH_MAX },
            },
          }),
        );
        return page.messages.map((it) => ({
          campaignId: campaign_id,
          campaign: name,
          leadId: it.lead_id,
          recipient: it.recipient,
          since: it.changed_at,
        }));
      },
    })),
    combine: (answers) => answers.flatMap((it) => it.data ?? []),
  });
}
