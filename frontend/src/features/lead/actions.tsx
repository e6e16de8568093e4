"use client";

import { Ellipsis, FastForward, Redo2, Signpost, UserMinus } from "lucide-react";
import Link from "next/link";
import { type ReactNode, useMemo, useState } from "react";
import { toast } from "sonner";
import { nodeNames } from "@/entities/flow/node-names";
import { api, ask } from "@/shared/api/client";
import { useOffer } from "@/shared/shell/page-actions";
import { Button } from "@/shared/ui/button";
import { Confirm } from "@/shared/ui/confirm";
import { Menu } from "@/shared/ui/menu";
import { type Act, actsFor, textsOf } from "./interventions";
import { MoveDialog } from "./move-dialog";
import { texts } from "./texts";
import type { LeadRead } from "./use-lead";

const ICONS: Record<Act, ReactNode> = {
  skip: <FastForward size={16} aria-hidden />,
  retry: <Redo2 size={16} aria-hidden />,
  move: <Signpost size={16} aria-hidden />,
  remove: <UserMinus size={16} aria-hidden />,
};

interface LeadActionsProps {
  lead: LeadRead;
  draft: unknown;
  canvasHref: string;
  onDone: () => Promise<void>;
}

/** What a person can do to a lead: each action needs a confirmation and appears in the timeline. */
export function LeadActions({ lead, draft, canvasHref, onDone }: LeadActionsProps) {
  const [asked, setAsked] = useState<Act | null>(null);
  // The last action keeps its texts while its dialog closes.
  const [act, setAct] = useState<Act>("remove");
  const begin = (next: Act) => () => {
    setAct(next);
    setAsked(next);
  };
  const { status, reason } = lead;
  const acts = useMemo(
    () => actsFor({ email: "", current_node: null, wait_until: null, status, reason }),
    [status, reason],
  );
  const nodeName = nodeNames(draft)(lead.current_node);
  const offered = useMemo(
    () =>
      acts.map((it) => ({
        name: OFFERED[it],
        act: () => {
          setAct(it);
          setAsked(it);
        },
      })),
    [acts],
  );
  useOffer(offered);
  const wording = textsOf(act, lead, nodeName);
  const carryOut = async (nodeId?: string) => {
    try {
      await perform(act, lead, nodeId);
      toast.success(wording.done);
    } finally {
      await onDone();
    }
  };
  return (
    <>
      <Link
        href={canvasHref}
        className="inline-flex h-8 items-center rounded-control border border-line-strong bg-raised px-3 font-medium hover:bg-sunken"
      >
        {texts.showOnCanvas}
      </Link>
      {acts.length > 0 ? (
        <Menu
          trigger={
            <Button isSquare aria-label={texts.moreActions}>
              <Ellipsis size={16} aria-hidden />
            </Button>
          }
          items={acts.map((it) => ({
            label: textsOf(it, lead, nodeName).label,
            icon: ICONS[it],
            isDangerous: it === "remove",
            onSelect: begin(it),
          }))}
        />
      ) : null}
      <Confirm
        isOpen={asked !== null && asked !== "move"}
        onClose={() => setAsked(null)}
        title={wording.title}
        verb={wording.verb}
        stay={wording.stay}
        isDangerous={act === "remove"}
        onConfirm={() => carryOut()}
      >
        {wording.about}
      </Confirm>
      <MoveDialog
        isOpen={asked === "move"}
        onClose={() => setAsked(null)}
        wording={textsOf("move", lead, nodeName)}
        draft={draft}
        here={lead.current_node}
        onMove={carryOut}
      />
    </>
  );
}

const OFFERED: Record<Act, string> = {
  skip: texts.offerSkip,
  retry: texts.offerRetry,
  move: texts.offerMove,
  remove: texts.offerRemove,
};

/** Acts on the revision that is shown: if the lead has moved on since, the API refuses and says
 * so. */
async function perform(act: Act, lead: LeadRead, nodeId?: string): Promise<void> {
  const params = { path: { campaign_id: lead.campaign_id, lead_id: lead.lead_id } };
  const body = { revision: lead.revision, reason: "" };
  switch (act) {
    case "skip":
      await ask(
        api.POST("/api/v1/campaigns/{campaign_id}/leads/{lead_id}/skip-wait", { params, body }),
      );
      return;
    case "retry":
      await ask(
        api.POST("/api/v1/campaigns/{campaign_id}/leads/{lead_id}/retry", { params, body }),
      );
      return;
    case "move":
      await ask(
        api.POST("/api/v1/campaigns/{campaign_id}/leads/{lead_id}/move", {
          params,
          body: { ...body, node_id: nodeId ?? "" },
        }),
      );
      return;
    case "remove":
      await ask(
        api.POST("/api/v1/campaigns/{campaign_id}/leads/{lead_id}/remove", {
          params,
          body: { reason: "" },
        }),
      );
  }
}
