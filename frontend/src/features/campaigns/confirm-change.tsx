"use client";

import { useQueryClient } from "@tanstack/react-query";
import { leadGroups } from "@/entities/campaign/status";
import { isolated } from "@/shared/bidi";
import { countOf } from "@/shared/numbers";
import { Confirm } from "@/shared/ui/confirm";
import { type Campaign, remove, useChange } from "./requests";
import { HELD_MS, hold } from "./undoable";

/** What was asked for in a menu, and first needs a yes. */
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
        title={`Cancel “${name}”?`}
        verb="Cancel the campaign"
        isDangerous
        onConfirm={async () => change.mutate({ verb, campaign })}
      >
        {leads.waiting > 0
          ? `${countOf(leads.waiting, "lead")} still on the way end where they are and get no more mail. `
          : "No lead is on its way. "}
        A cancelled campaign cannot be taken up again; a paused one can.
      </Confirm>
    );
  }
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title={`Delete “${name}”?`}
      verb={leads.all > 0 ? `Delete with ${countOf(leads.all, "lead")}` : "Delete the campaign"}
      isDangerous
      onConfirm={async () =>
        hold({
          id: campaign.campaign_id,
          message: `${name} will be deleted`,
          act: async () => {
            await remove(campaign.campaign_id);
            await queries.invalidateQueries({ queryKey: ["campaigns"] });
          },
        })
      }
    >
      {leads.all > 0
        ? `Its ${countOf(leads.all, "lead")}, their contacts and their histories go with it. `
        : "Its flow and its contacts go with it. No lead has walked it. "}
      {`You have ${HELD_MS / 1000} seconds to undo it; after that nothing brings it back.`}
    </Confirm>
  );
}
