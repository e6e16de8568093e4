"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { api, ask, type Schemas } from "@/shared/api/client";
import { problemText } from "@/shared/api/problem";
import { isolated } from "@/shared/bidi";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { useCanvas, useSaver } from "../context";
import { fromCanvas } from "../model/codec";
import { texts } from "../texts";

/** Somebody deleted the campaign: its flow exists only on this page, and can be kept. */
export function GoneDialog() {
  const isGone = useSaver((it) => it.save.kind === "gone");
  const [isPutOff, setIsPutOff] = useState(false);
  if (!isGone) {
    return null;
  }
  return isPutOff ? (
    <div className="absolute top-3 left-1/2 z-20 flex -translate-x-1/2 items-center gap-3 rounded-card border border-line-strong bg-raised px-3 py-2 text-dense shadow-float">
      {texts.deletedNote}
      <Button onClick={() => setIsPutOff(false)}>{texts.keepFlow}</Button>
    </div>
  ) : (
    <Keep onPutOff={() => setIsPutOff(true)} />
  );
}

function Keep({ onPutOff }: { onPutOff: () => void }) {
  const { name, from_email, from_name, reply_to } = useSaver((it) => it.kept.campaign);
  const canvas = useCanvas();
  const router = useRouter();
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const keep = async () => {
    setIsBusy(true);
    setError(null);
    try {
      const flow = fromCanvas(canvas) as Partial<Schemas["CampaignCreate"]>;
      const settings = { name, from_email, from_name, reply_to, strict: false, launch: false };
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
      title={texts.deletedTitle(isolated(name))}
      about={texts.deletedAbout(canvas.nodes.length)}
      actions={
        <>
          <Button onClick={() => router.push("/campaigns")}>{texts.leaveIt}</Button>
          <Button kind="primary" isBusy={isBusy} onClick={() => void keep()}>
            {texts.keepAsDraft}
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
