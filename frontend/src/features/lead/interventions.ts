/** What people can do to a lead at its current place, and what each action does. Pure. */

import type { Schemas } from "@/shared/api/client";
import { isolated } from "@/shared/bidi";
import { texts } from "./texts";

type Lead = Pick<
  Schemas["LeadView"],
  "email" | "status" | "reason" | "current_node" | "wait_until"
>;

export type Act = "skip" | "move" | "retry" | "remove";

const ENDED = new Set(["completed", "failed"]);

/** The API has the last word: it refuses actions that do not fit, and says why. */
export function actsFor(lead: Lead): Act[] {
  const acts: Act[] = [];
  if (lead.status === "paused" && (lead.reason === "wait" || lead.reason === "condition")) {
    acts.push("skip");
  }
  if (lead.status === "failed" && lead.reason !== "poison") {
    acts.push("retry");
  }
  const isStill = lead.status === "pending" || lead.status === "failed";
  if (isStill || (lead.status === "paused" && lead.reason !== "unknown")) {
    acts.push("move");
  }
  if (!ENDED.has(lead.status)) {
    acts.push("remove");
  }
  return acts;
}

export interface ActTexts {
  /** Its label in the menu; with three dots, because it asks first. */
  label: string;
  title: string;
  about: string;
  verb: string;
  stay: string;
  done: string;
}

export function textsOf(act: Act, lead: Lead, name: string): ActTexts {
  const nodeName = isolated(name);
  switch (act) {
    case "skip":
      return lead.reason === "condition"
        ? {
            label: texts.skipLabel,
            title: texts.decideTitle,
            about: texts.decideAbout(nodeName),
            verb: texts.decideVerb,
            stay: texts.letItWait,
            done: texts.decided,
          }
        : {
            label: texts.skipLabel,
            title: texts.skipTitle,
            about: texts.skipAbout(nodeName),
            verb: texts.skipVerb,
            stay: texts.letItWait,
            done: texts.continues,
          };
    case "retry":
      return {
        label: texts.retryLabel,
        title: texts.retryTitle,
        about: texts.retryAbout(nodeName),
        verb: texts.retryVerb,
        stay: texts.leaveIt,
        done: texts.retrying,
      };
    case "move":
      return {
        label: texts.moveLabel,
        title: texts.moveTitle(isolated(lead.email)),
        about: texts.moveAbout,
        verb: texts.moveVerb,
        stay: texts.leaveIt,
        done: texts.moved,
      };
    case "remove":
      return {
        label: texts.removeLabel,
        title: texts.removeTitle(isolated(lead.email)),
        about: texts.removeAbout,
        verb: texts.removeVerb,
        stay: texts.keepIt,
        done: texts.removed(isolated(lead.email)),
      };
  }
}
