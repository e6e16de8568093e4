/** How a lead stands, in a word and a hue. The glossary of the engine binds. */
import type { Schemas } from "@/shared/api/client";
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

type LeadStatus = Schemas["LeadStatus"];

interface LeadFilter {
  word: string;
  statuses: readonly LeadStatus[];
}

/** What one can filter leads by, by its name in addresses. */
export const LEAD_FILTERS = {
  active: { word: "On their way", statuses: ["pending", "running", "paused"] },
  pending: { word: "Pending", statuses: ["pending"] },
  running: { word: "Sending", statuses: ["running"] },
  paused: { word: "Waiting", statuses: ["paused"] },
  completed: { word: "Completed", statuses: ["completed"] },
  failed: { word: "Failed", statuses: ["failed"] },
} as const satisfies Record<string, LeadFilter>;

export type LeadFilterName = keyof typeof LEAD_FILTERS;

export function isLeadFilter(text: string | null): text is LeadFilterName {
  return text !== null && Object.hasOwn(LEAD_FILTERS, text);
}

/** Whether nothing more happens to it by itself. */
export function hasEnded(lead: { status: string }): boolean {
  return lead.status === "completed" || lead.status === "failed";
}
