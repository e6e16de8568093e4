/** How a lead stands, in a word and a hue. The glossary of the engine binds. */
import type { Hue } from "@/shared/ui/status";

export interface LeadStanding {
  hue: Hue;
  word: string;
}

const BY_STATUS: Record<string, LeadStanding> = {
  pending: { hue: "neutral", word: "Pending" },
  running: { hue: "running", word: "Sending" },
  paused: { hue: "waiting", word: "Waiting" },
  completed: { hue: "sent", word: "Finished" },
  failed: { hue: "failed", word: "Failed" },
};

const BY_REASON: Record<string, LeadStanding> = {
  wait: { hue: "waiting", word: "Waiting" },
  condition: { hue: "waiting", word: "Watching" },
  deferred: { hue: "waiting", word: "Deferred" },
  unknown: { hue: "unknown", word: "Unknown" },
  end: { hue: "sent", word: "Finished" },
  no_connection: { hue: "sent", word: "Finished" },
  goal: { hue: "sent", word: "Reached the goal" },
  suppressed: { hue: "neutral", word: "Suppressed" },
  cancelled: { hue: "neutral", word: "Cancelled" },
  removed: { hue: "neutral", word: "Removed" },
  rejected: { hue: "failed", word: "Refused" },
  template: { hue: "failed", word: "Not writable" },
  poison: { hue: "failed", word: "Went in circles" },
};

export function leadStanding(lead: { status: string; reason: string | null }): LeadStanding {
  return (
    (lead.reason ? BY_REASON[lead.reason] : undefined) ??
    BY_STATUS[lead.status] ?? { hue: "neutral", word: lead.status }
  );
}

/** The statuses one can filter by, with what they are called there. */
export const LEAD_STATUSES = [
  ["pending", "Pending"],
  ["running", "Sending"],
  ["paused", "Waiting"],
  ["completed", "Completed"],
  ["failed", "Failed"],
] as const;

export type LeadStatus = (typeof LEAD_STATUSES)[number][0];

export function isLeadStatus(text: string | null): text is LeadStatus {
  return LEAD_STATUSES.some(([status]) => status === text);
}

/** Whether nothing more happens to it by itself. */
export function hasEnded(lead: { status: string }): boolean {
  return lead.status === "completed" || lead.status === "failed";
}
