"use client";

import { useState } from "react";
import { toast } from "sonner";
import { api, ask } from "@/shared/api/client";
import { Button } from "@/shared/ui/button";
import { Confirm } from "@/shared/ui/confirm";
import { Notice } from "@/shared/ui/notice";
import { plainSentence } from "./sentence";
import type { LeadRead } from "./use-lead";

type Choice = "send_again" | "treat_as_sent";

const CHOICES: Record<Choice, { verb: string; title: string; about: string; done: string }> = {
  send_again: {
    verb: "Send it again",
    title: "Send this e-mail again?",
    about:
      "A new message goes out at once. Should the first one have arrived after all, the reader gets it twice.",
    done: "It is being sent again",
  },
  treat_as_sent: {
    verb: "Treat it as sent",
    title: "Treat this e-mail as sent?",
    about:
      "Nothing is sent. The lead goes on as if the mail had arrived; should it not have, the reader never gets it.",
    done: "The lead goes on",
  },
};

/** A message whose outcome nobody knows: the lead stands still until a person says what it is. */
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
  const texts = CHOICES[choice];
  const decide = async () => {
    try {
      await ask(
        api.POST("/api/v1/campaigns/{campaign_id}/messages/{key}/resolve", {
          params: { path: { campaign_id: lead.campaign_id, key: message.key } },
          body: { resolution: choice },
        }),
      );
      toast.success(texts.done);
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
            <Button onClick={begin("treat_as_sent")}>Treat as sent …</Button>
            <Button onClick={begin("send_again")}>Send again …</Button>
          </>
        }
      >
        <p className="font-medium">{plainSentence(lead.next ?? "This waits for you.")}</p>
        {message.words ? <p className="text-dense text-ink-soft">{message.words}</p> : null}
      </Notice>
      <Confirm
        isOpen={isOpen}
        onClose={() => setIsOpen(false)}
        title={texts.title}
        verb={texts.verb}
        stay="Decide later"
        onConfirm={decide}
      >
        {texts.about}
      </Confirm>
    </>
  );
}
