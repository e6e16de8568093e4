"use client";

import { useQueryClient } from "@tanstack/react-query";
import { leadGroups } from "@/entities/campaign/status";
import { isolated } from "@/shared/bidi";
import { Confirm } from "@/shared/ui/confirm";
import { type Campaign, remove, useChange } from "./requests";
import { texts } from "./texts";
import { HELD_MS, hold } from "./undoable";

/** Asks for confirmation of an action chosen in a menu. */
export interface Asked {
  verb: "cancel" | "delete";
  campaign: Campaign;
}

export function AskedDialog({ asked, onClose }: { asked: Asked; onClose: () => void }) {
  const { verb, campaign } = asked;
  const name = isolated(campaign.name);
  const queries = useQueryClient();
  const change = useChange();
  const leads = leadGroups(campaign.leads);
  if (verb === "cancel") {
    return (
      <Confirm
        isOpen
        onClose={onClose}
        title={texts.cancelTitle(name)}
        verb={texts.cancelVerb}
        isDangerous
        onConfirm={async () => change.mutate({ verb, campaign })}
      >
        {leads.waiting > 0 ? texts.leadsStop(leads.waiting) : texts.noLeadActive}{" "}
        {texts.cancelAbout}
      </Confirm>
    );
  }
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title={texts.deleteTitle(name)}
      verb={leads.all > 0 ? texts.deleteWithLeads(leads.all) : texts.deleteVerb}
      isDangerous
      onConfirm={async () =>
        hold({
          id: campaign.campaign_id,
          message: texts.willBeDeleted(name),
          act: async () => {
            await remove(campaign.campaign_id);
            await queries.invalidateQueries({ queryKey: ["campaigns"] });
          },
        })
      }
    >
      {leads.all > 0 ? texts.leadsDeleted(leads.all) : texts.deleteUnused}{" "}
      {texts.undoWithin(HELD_MS / 1000)}
    </Confirm>
  );
}
