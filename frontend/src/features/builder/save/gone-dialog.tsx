"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { api, ask, type Schemas } from "@/shared/api/client";
import { problemText } from "@/shared/api/problem";
import { isolated } from "@/shared/bidi";
import { countOf } from "@/shared/numbers";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { useCanvas, useSaver } from "../context";
import { fromCanvas } from "../model/codec";

/** Somebody deleted the campaign: what is drawn here is all there is of it, and can be kept. */
export function GoneDialog() {
  const isGone = useSaver((it) => it.save.kind === "gone");
  const [isPutOff, setIsPutOff] = useState(false);
  if (!isGone) {
    return null;
  }
  return isPutOff ? (
    <div className="absolute top-3 left-1/2 z-20 flex -translate-x-1/2 items-center gap-3 rounded-card border border-line bg-raised px-3 py-2 text-dense shadow-float">
      This campaign was deleted; its flow is only here.
      <Button onClick={() => setIsPutOff(false)}>Keep it</Button>
    </div>
  ) : (
    <Keep onPutOff={() => setIsPutOff(true)} />
  );
}

function Keep({ onPutOff }: { onPutOff: () => void }) {
  const { name, from_email, from_name } = useSaver((it) => it.kept.campaign);
  const canvas = useCanvas();
  const router = useRouter();
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const keep = async () => {
    setIsBusy(true);
    setError(null);
    try {
      const flow = fromCanvas(canvas) as Partial<Schemas["CampaignCreate"]>;
      const settings = { name, from_email, from_name, only_sound: false, launch: false };
      const made = await ask(api.POST("/api/v1/campaigns", { body: { ...flow, ...settings } }));
      router.replace(`/campaigns/${encodeURIComponent(made.campaign_id)}`);
    } catch (problem) {
      setError(problemText(problem));
      setIsBusy(false);
    }
  };
  return (
    <Dialog
      isOpen
      onClose={onPutOff}
      title={`${isolated(name)} was deleted`}
      about={`Somebody deleted this campaign, with its contacts, while it was open here. Its flow of ${countOf(canvas.nodes.length, "node")} is still in this window.`}
      actions={
        <>
          <Button onClick={() => router.push("/campaigns")}>Leave it</Button>
          <Button kind="primary" isBusy={isBusy} onClick={() => void keep()}>
            Keep as a new draft
          </Button>
        </>
      }
    >
      {error ? (
        <p role="alert" className="text-failed">
          {error}
        </p>
      ) : null}
    </Dialog>
  );
}
