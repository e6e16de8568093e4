"use client";

import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "next/navigation";
import { useEffect } from "react";
import { toast } from "sonner";
import { api, ask } from "@/shared/api/client";
import { problemText } from "@/shared/api/problem";
import { useCanvas, useWorkbench } from "../context";
import { pathOf } from "./path";

const EVERY_MS = 5_000;

/** `?lead=<id>`: shows that lead's path in the live view. */
export function useLeadPath(): void {
  const { campaignId, live } = useWorkbench();
  const leadId = useSearchParams().get("lead");
  const canvas = useCanvas();
  const { data, error } = useQuery({
    queryKey: ["campaigns", campaignId, "lead", leadId],
    queryFn: () =>
      ask(
        api.GET("/api/v1/campaigns/{campaign_id}/leads/{lead_id}", {
          params: { path: { campaign_id: campaignId, lead_id: leadId ?? "" } },
        }),
      ),
    enabled: leadId !== null,
    refetchInterval: EVERY_MS,
  });
  useEffect(() => {
    live.setState(data ? { path: pathOf(data, canvas), isOn: true } : { path: null });
  }, [data, canvas, live]);
  const message = error ? problemText(error) : null;
  useEffect(() => {
    if (message) {
      toast.error(message);
    }
  }, [message]);
}
