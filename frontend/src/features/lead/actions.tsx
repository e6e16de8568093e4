"use client";

import { Ellipsis, UserMinus } from "lucide-react";
import Link from "next/link";
import { useMemo, useState } from "react";
import { toast } from "sonner";
import { api, ask } from "@/shared/api/client";
import { hasEnded } from "@/shared/flow/lead-words";
import { useOffer } from "@/shared/shell/page-actions";
import { Button } from "@/shared/ui/button";
import { Confirm } from "@/shared/ui/confirm";
import { Menu, type MenuItem } from "@/shared/ui/menu";
import type { LeadRead } from "./use-lead";

interface LeadActionsProps {
  lead: LeadRead;
  draft: unknown;
  canvasHref: string;
  onDone: () => Promise<void>;
}

/** What a person can do to a lead: each asked about first, each written into its story. */
export function LeadActions({ lead, canvasHref, onDone }: LeadActionsProps) {
  const [asked, setAsked] = useState<"remove" | null>(null);
  const canAct = !hasEnded(lead);
  const offered = useMemo(
    () => (canAct ? [{ name: "Remove this lead …", act: () => setAsked("remove") }] : []),
    [canAct],
  );
  useOffer(offered);
  const path = { campaign_id: lead.campaign_id, lead_id: lead.lead_id };
  const remove = async () => {
    try {
      await ask(
        api.POST("/api/v1/campaigns/{campaign_id}/leads/{lead_id}/remove", {
          params: { path },
          body: { words: "by a person" },
        }),
      );
      toast.success(`${lead.email} is out of the campaign`);
    } finally {
      await onDone();
    }
  };
  const items: MenuItem[] = canAct
    ? [
        {
          label: "Remove …",
          icon: <UserMinus size={16} aria-hidden />,
          isDangerous: true,
          onSelect: () => setAsked("remove"),
        },
      ]
    : [];
  return (
    <>
      <Link
        href={canvasHref}
        className="inline-flex h-8 items-center rounded-control border border-line bg-raised px-3 font-medium hover:bg-sunken"
      >
        Show on the canvas
      </Link>
      {items.length > 0 ? (
        <Menu
          trigger={
            <Button isSquare aria-label="More actions">
              <Ellipsis size={16} aria-hidden />
            </Button>
          }
          items={items}
        />
      ) : null}
      <Confirm
        isOpen={asked === "remove"}
        onClose={() => setAsked(null)}
        title={`Remove ${lead.email}?`}
        verb="Remove this lead"
        isDangerous
        onConfirm={remove}
      >
        It stops where it is and gets nothing more from this campaign. Its story stays readable;
        this cannot be undone.
      </Confirm>
    </>
  );
}
