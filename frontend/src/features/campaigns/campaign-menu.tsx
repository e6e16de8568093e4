"use client";

import { useQueryClient } from "@tanstack/react-query";
import {
  Archive,
  CircleStop,
  Copy,
  Download,
  Ellipsis,
  Flag,
  Pause,
  Play,
  Trash2,
  Undo2,
} from "lucide-react";
import { useRouter } from "next/navigation";
import { toast } from "sonner";
import { exportAsJson } from "@/entities/campaign/export";
import { lookOf, type Verb } from "@/entities/campaign/status";
import { problemText } from "@/shared/api/problem";
import { isolated } from "@/shared/bidi";
import { Button } from "@/shared/ui/button";
import { Menu, type MenuItem } from "@/shared/ui/menu";
import type { Asked } from "./confirm-change";
import { archive, type Campaign, duplicate, useChange } from "./requests";
import { texts } from "./texts";
import { hold } from "./undoable";

const failed = (problem: unknown) => toast.error(problemText(problem));

/** The actions for a campaign of the list. `onAsk`: called for actions that need a confirmation. */
export function CampaignMenu({
  campaign,
  onAsk,
}: {
  campaign: Campaign;
  onAsk: (asked: Asked) => void;
}) {
  const router = useRouter();
  const queries = useQueryClient();
  const change = useChange();
  const afresh = () => queries.invalidateQueries({ queryKey: ["campaigns"] });

  const copy = async () => {
    try {
      const made = await duplicate(campaign);
      await afresh();
      const open = () => router.push(`/campaigns/${encodeURIComponent(made.campaign_id)}`);
      toast(texts.duplicated(isolated(made.name)), {
        action: { label: texts.open, onClick: open },
      });
    } catch (problem) {
      failed(problem);
    }
  };
  const putAway = () =>
    hold({
      id: campaign.campaign_id,
      message: texts.willBeArchived(isolated(campaign.name)),
      act: () => archive(campaign.campaign_id).then(afresh),
    });

  const items: Record<Verb, MenuItem> = {
    unschedule: {
      label: texts.unschedule,
      icon: <Undo2 size={16} aria-hidden />,
      onSelect: () => change.mutate({ verb: "unschedule", campaign }),
    },
    end: {
      label: texts.end,
      icon: <Flag size={16} aria-hidden />,
      onSelect: () => change.mutate({ verb: "end", campaign }),
    },
    pause: {
      label: texts.pause,
      icon: <Pause size={16} aria-hidden />,
      onSelect: () => change.mutate({ verb: "pause", campaign }),
    },
    resume: {
      label: texts.resume,
      icon: <Play size={16} aria-hidden />,
      onSelect: () => change.mutate({ verb: "resume", campaign }),
    },
    cancel: {
      label: texts.cancel,
      icon: <CircleStop size={16} aria-hidden />,
      onSelect: () => onAsk({ verb: "cancel", campaign }),
    },
    archive: {
      label: texts.archive,
      icon: <Archive size={16} aria-hidden />,
      onSelect: putAway,
    },
    delete: {
      label: texts.delete,
      icon: <Trash2 size={16} aria-hidden />,
      isDangerous: true,
      onSelect: () => onAsk({ verb: "delete", campaign }),
    },
  };
  return (
    <Menu
      trigger={
        <Button
          kind="quiet"
          isSquare
          className="relative"
          aria-label={texts.actionsFor(campaign.name)}
        >
          <Ellipsis size={16} aria-hidden />
        </Button>
      }
      items={[
        {
          label: texts.duplicate,
          icon: <Copy size={16} aria-hidden />,
          onSelect: () => void copy(),
        },
        {
          label: texts.exportJson,
          icon: <Download size={16} aria-hidden />,
          onSelect: () => void exportAsJson(campaign.campaign_id).catch(failed),
        },
        ...(lookOf(campaign.status).verbs.length > 0 ? [null] : []),
        ...lookOf(campaign.status).verbs.map((verb) => items[verb]),
      ]}
    />
  );
}
