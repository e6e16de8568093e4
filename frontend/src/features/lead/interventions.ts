/** What people can do to a lead where it is now, and what each does. Pure. */
import type { Schemas } from "@/shared/api/client";
import { isolated } from "@/shared/bidi";

type Lead = Pick<
  Schemas["LeadView"],
  "email" | "status" | "reason" | "current_node" | "wait_until"
>;

export type Act = "skip" | "move" | "retry" | "remove";

const ENDED = new Set(["completed", "failed"]);

/** The API has the last word: it refuses what does not fit, and says why. */
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
  /** In the menu; three dots, since it asks first. */
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
            label: "Skip the wait …",
            title: "Decide now?",
            about: `“${nodeName}” is decided by what the reader did so far, without waiting any longer. The lead goes on at once.`,
            verb: "Decide now",
            stay: "Let it wait",
            done: "Decided: the lead goes on",
          }
        : {
            label: "Skip the wait …",
            title: "Skip the wait?",
            about: `The lead leaves “${nodeName}” at once and goes on with what follows. An e-mail that comes next is sent right away.`,
            verb: "Skip the wait",
            stay: "Let it wait",
            done: "The lead goes on",
          };
    case "retry":
      return {
        label: "Try again …",
        title: "Try again?",
        about: `“${nodeName}” is written and sent as a new message. If the campaign is completed, it runs again for this lead.`,
        verb: "Try again",
        stay: "Leave it",
        done: "It is being tried again",
      };
    case "move":
      return {
        label: "Move to a node …",
        title: `Move ${isolated(lead.email)}`,
        about:
          "It arrives there anew and goes on from there: an e-mail it had before is sent once more. What it has done stays in its story.",
        verb: "Move it",
        stay: "Leave it",
        done: "The lead is moved",
      };
    case "remove":
      return {
        label: "Remove …",
        title: `Remove ${isolated(lead.email)}?`,
        about:
          "It stops where it is and gets nothing more from this campaign. Its story stays readable; this cannot be undone.",
        verb: "Remove this lead",
        stay: "Keep it",
        done: `${isolated(lead.email)} is out of the campaign`,
      };
  }
}
