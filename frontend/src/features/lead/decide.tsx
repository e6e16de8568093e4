"use client";

import { useState } from "react";
import { toast } from "sonner";
import { plain } from "@/entities/flow/phrase";
import { nextSentence } from "@/entities/lead/timeline";
import { api, ask } from "@/shared/api/client";
import { Button } from "@/shared/ui/button";
import { Confirm } from "@/shared/ui/confirm";
import { Notice } from "@/shared/ui/notice";
import { texts } from "./texts";
import type { LeadRead } from "./use-lead";

type Choice = "send_again" | "treat_as_sent";

const CHOICES: Record<Choice, { verb: string; title: string; about: string; done: string }> = {
  send_again: {
    verb: texts.sendAgainVerb,
    title: texts.sendAgainTitle,
    about: texts.sendAgainAbout,
    done: texts.sendAgainDone,
  },
  treat_as_sent: {
    verb: texts.treatAsSentVerb,
    title: texts.treatAsSentTitle,
    about: texts.treatAsSentAbout,
    done: texts.continues,
  },
};

/** A message with an unknown outcome: the lead waits until a person decides what it counts as. */
export function Decide({ lead, onDone }: { lead: LeadRead; onDone: () => Promise<void> }) {
  const [choice, setChoice] = useState<Choice>("send_again");
  const [isOpen, setIsOpen] = useState(false);
  const message = lead.messages.findLast(
    (it) => it.state === "unknown" && it.node_id === lead.current_node,
  );
  if (lead.reason !== "unknown" || !message) {
    return null;
  }
  const begin = (next: Choice) => () => {
    setChoice(next);
    setIsOpen(true);
  };
  const wording = CHOICES[choice];
  const decide = async () => {
    try {
      await ask(
        api.POST("/api/v1/campaigns/{campaign_id}/messages/{key}/resolve", {
          params: { path: { campaign_id: lead.campaign_id, key: message.key } },
          body: { resolution: choice },
        }),
      );
      toast.success(wording.done);
    } finally {
      await onDone();
    }
  };
  return (
    <>
      <Notice
        hue="unknown"
        action={
          <>
            <Button onClick={begin("treat_as_sent")}>{texts.treatAsSent}</Button>
            <Button onClick={begin("send_again")}>{texts.sendAgain}</Button>
          </>
        }
      >
        <p className="font-medium">
          {lead.next_step ? plain(nextSentence(lead.next_step)) : texts.waitsForYou}
        </p>
        {message.reason ? <p className="text-dense text-ink-soft">{message.reason}</p> : null}
      </Notice>
      <Confirm
        isOpen={isOpen}
        onClose={() => setIsOpen(false)}
        title={wording.title}
        verb={wording.verb}
        stay={texts.decideLater}
        onConfirm={decide}
      >
        {wording.about}
      </Confirm>
    </>
  );
}
