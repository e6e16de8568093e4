"use client";

import { useState } from "react";
import { ChangeDialog } from "@/entities/contact/change-dialog";
import { DeleteDialog } from "@/entities/contact/delete-dialog";
import { useContact } from "@/entities/contact/requests";
import { isGone } from "@/shared/api/problem";
import { isAlike } from "@/shared/json";
import { Button } from "@/shared/ui/button";
import { texts } from "./texts";
import type { LeadRead } from "./use-lead";

/** The contact of a lead, which may have other values by now than those with which it entered. */
export function LeadContact({ lead, onDone }: { lead: LeadRead; onDone: () => Promise<void> }) {
  const contact = useContact(lead.campaign_id, lead.seq);
  const [asked, setAsked] = useState<"change" | "delete" | null>(null);
  const close = () => setAsked(null);
  const of = { campaignId: lead.campaign_id, seq: lead.seq, email: lead.email, onClose: close };
  if (isGone(contact.error)) {
    return <p className="mt-3 text-dense text-ink-faint">{texts.contactGone}</p>;
  }
  return (
    <>
      {contact.data && !isAlike(contact.data.attributes, lead.attributes) ? (
        <p className="mt-3 text-dense text-ink-soft">{texts.contactDiffers}</p>
      ) : null}
      <div className="-ml-3 mt-2 flex">
        <Button kind="quiet" onClick={() => setAsked("change")}>
          {texts.changeContact}
        </Button>
        <Button kind="quiet" onClick={() => setAsked("delete")}>
          {texts.deleteContact}
        </Button>
      </div>
      {asked === "change" ? <ChangeDialog {...of} /> : null}
      {asked === "delete" ? <DeleteDialog {...of} onDeleted={() => void onDone()} /> : null}
    </>
  );
}
