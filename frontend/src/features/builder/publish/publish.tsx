"use client";

import { useState } from "react";
import { toast } from "sonner";
import { api, ask, type Schemas } from "@/shared/api/client";
import { problemText } from "@/shared/api/problem";
import { Button } from "@/shared/ui/button";
import { useCampaignApi } from "../campaign-api";
import { useEditor, useSaver, useWorkbench } from "../context";
import { useProblems } from "../launch/findings-list";
import { texts } from "../texts";
import { PublishDialog } from "./publish-dialog";

export function impactOf(
  campaignId: string,
  of: "draft" | "published",
): Promise<Schemas["MoveImpactView"]> {
  return ask(
    api.GET("/api/v1/campaigns/{campaign_id}/move-impact", {
      params: { path: { campaign_id: campaignId }, query: { of } },
    }),
  );
}

/** Enabled only while the draft differs from the flow that new leads follow. While leads are on
 * their way, it asks what happens to them. */
export function Publish({ kind = "primary" }: { kind?: "primary" | "secondary" }) {
  const { campaignId, saver } = useWorkbench();
  const campaignApi = useCampaignApi();
  const { errors } = useProblems();
  const isPublished = useSaver((it) => it.kept.isPublished);
  const isDirty = useSaver((it) => it.save.kind !== "saved");
  const isReadOnly = useEditor((it) => it.isReadOnly);
  const [isBusy, setIsBusy] = useState(false);
  const [impact, setImpact] = useState<Schemas["MoveImpactView"] | null>(null);
  if ((isPublished && !isDirty && impact === null) || isReadOnly) {
    return null;
  }
  const begin = async () => {
    setIsBusy(true);
    try {
      if (await saver.flush()) {
        const found = await impactOf(campaignId, "draft");
        if (found.leads > 0) {
          setImpact(found);
        } else {
          await campaignApi.publish();
          toast.success(texts.published);
        }
      }
    } catch (problem) {
      toast.error(problemText(problem));
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <>
      <Button
        kind={kind}
        isBusy={isBusy}
        disabled={errors.length > 0}
        title={errors.length > 0 ? texts.solveFirst : texts.publishAbout}
        onClick={() => void begin()}
      >
        {texts.publish}
      </Button>
      {impact ? (
        <PublishDialog impact={impact} isPublishing onClose={() => setImpact(null)} />
      ) : null}
    </>
  );
}
