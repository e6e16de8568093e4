"use client";

import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import { api, ask } from "@/shared/api/client";
import { Failure, Skeleton } from "@/shared/ui/states";
import { useCanvas, useSaver, useWorkbench, WorkbenchContext } from "../context";
import type { Canvas } from "../model/canvas";
import { fromCanvas, toCanvas } from "../model/codec";
import { createEditor } from "../store";
import { useLeadPath } from "./use-lead-path";
import { useLive } from "./use-live";

/** The published flow, with the draft's positions and names of its cards. */
export function asDrawn(flow: unknown, draft: Canvas): Canvas {
  const { layout } = fromCanvas(draft);
  const published = typeof flow === "object" ? { ...flow, layout } : {};
  return toCanvas(published).canvas;
}

/** Its children see the flow that new leads follow, or the version that was chosen, and cannot
 * change it. */
export function LiveView({ children }: { children: ReactNode }) {
  const workbench = useWorkbench();
  const { campaignId } = workbench;
  const draft = useCanvas();
  const latest = useSaver((it) => it.kept.campaign.version);
  const version = useLive((it) => it.version) ?? latest;
  const published = useQuery({
    queryKey: ["campaigns", campaignId, "version", version],
    queryFn: () =>
      ask(
        api.GET("/api/v1/campaigns/{campaign_id}/versions/{version}", {
          params: { path: { campaign_id: campaignId, version } },
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const flow = published.data?.flow;
  const shown = useMemo(
    () => (flow ? { ...workbench, editor: createEditor(asDrawn(flow, draft), true) } : null),
    [flow, draft, workbench],
  );
  if (published.error) {
    return <Failure error={published.error} onRetry={() => void published.refetch()} />;
  }
  if (!shown) {
    return (
      <div className="flex-1 p-8">
        <Skeleton lines={6} />
      </div>
    );
  }
  return (
    <WorkbenchContext value={shown}>
      <LeadPathShown />
      {children}
    </WorkbenchContext>
  );
}

function LeadPathShown() {
  useLeadPath();
  return null;
}
