"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { toast } from "sonner";
import { api, ask, type Schemas } from "@/shared/api/client";
import { problemText } from "@/shared/api/problem";
import { numberOf } from "@/shared/json";
import { Button } from "@/shared/ui/button";
import { ProgressBar } from "@/shared/ui/progress-bar";
import { useSaver, useWorkbench } from "../context";
import { useLive } from "../live/use-live";
import { texts } from "../texts";
import { impactOf } from "./publish";
import { PublishDialog } from "./publish-dialog";

const EVERY_MS = 1_000;

/** The latest job that moves leads, while it works, and what it left; or the offer to move the
 * leads that were kept in earlier versions. */
export function Moving() {
  const { campaignId } = useWorkbench();
  const status = useSaver((it) => it.kept.campaign.status);
  const latest = useSaver((it) => it.kept.campaign.version);
  const versions = useLive((it) => it.versions);
  const [impact, setImpact] = useState<Schemas["MoveImpactView"] | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const found = useQuery({
    queryKey: ["campaigns", campaignId, "moves"],
    queryFn: async () => {
      const { jobs } = await ask(
        api.GET("/api/v1/campaigns/{campaign_id}/jobs", {
          params: { path: { campaign_id: campaignId } },
        }),
      );
      return jobs.find((it) => it.kind === "move") ?? null;
    },
    refetchInterval: ({ state }) => (state.data?.state === "waiting" ? EVERY_MS : false),
  });
  const job = found.data;
  if (job?.state === "waiting") {
    const waiting = numberOf(job.report.waiting, 0);
    return (
      <span role="status" className="flex items-center gap-2 whitespace-nowrap">
        <span className="w-24">
          <ProgressBar share={job.total ? job.done / job.total : 0} label={texts.moving} />
        </span>
        {texts.movedSoFar(numberOf(job.report.moved, 0), numberOf(job.report.ended, 0))}
        {waiting > 0 ? <span className="text-ink-soft">{texts.moveWaits(waiting)}</span> : null}
      </span>
    );
  }
  const kept = versions.filter((it) => it.version < latest).reduce((sum, it) => sum + it.leads, 0);
  const isActive = status === "running" || status === "paused";
  if (impact === null && (kept === 0 || !isActive)) {
    return null;
  }
  const begin = async () => {
    setIsBusy(true);
    try {
      setImpact(await impactOf(campaignId, "published"));
    } catch (problem) {
      toast.error(problemText(problem));
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <>
      <Button kind="quiet" isBusy={isBusy} onClick={() => void begin()}>
        {texts.moveKept(kept)}
      </Button>
      {impact ? (
        <PublishDialog impact={impact} isPublishing={false} onClose={() => setImpact(null)} />
      ) : null}
    </>
  );
}
