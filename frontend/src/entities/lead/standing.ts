/** The state of a lead, as a word and a hue. The words are those of the glossary. */

import type { Schemas } from "@/shared/api/client";
import type { Hue } from "@/shared/ui/status";
import { texts } from "./texts";

export interface LeadStanding {
  hue: Hue;
  word: string;
}

const BY_STATUS: Record<string, LeadStanding> = {
  pending: { hue: "neutral", word: texts.pending },
  running: { hue: "running", word: texts.sending },
  paused: { hue: "waiting", word: texts.waiting },
  completed: { hue: "sent", word: texts.finished },
  failed: { hue: "failed", word: texts.failed },
};

const BY_REASON: Record<string, LeadStanding> = {
  wait: { hue: "waiting", word: texts.waiting },
  condition: { hue: "waiting", word: texts.watching },
  deferred: { hue: "waiting", word: texts.deferred },
  unknown: { hue: "unknown", word: texts.unknown },
  end: { hue: "sent", word: texts.finished },
  no_connection: { hue: "sent", word: texts.finished },
  goal: { hue: "sent", word: texts.goal },
  suppressed: { hue: "neutral", word: texts.suppressed },
  cancelled: { hue: "neutral", word: texts.cancelled },
  removed: { hue: "neutral", word: texts.removed },
  rejected: { hue: "failed", word: texts.rejected },
  template: { hue: "failed", word: texts.template },
  poison: { hue: "failed", word: texts.poison },
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

/** The filters for leads, by their names in addresses. */
export const LEAD_FILTERS = {
  active: { word: texts.active, statuses: ["pending", "running", "paused"] },
  pending: { word: texts.pending, statuses: ["pending"] },
  running: { word: texts.sending, statuses: ["running"] },
  paused: { word: texts.waiting, statuses: ["paused"] },
  completed: { word: texts.completed, statuses: ["completed"] },
  failed: { word: texts.failed, statuses: ["failed"] },
} as const satisfies Record<string, LeadFilter>;

export type LeadFilterName = keyof typeof LEAD_FILTERS;

export function isLeadFilter(text: string | null): text is LeadFilterName {
  return text !== null && Object.hasOwn(LEAD_FILTERS, text);
}

/** Whether nothing more happens to it automatically. */
export function hasEnded(lead: { status: string }): boolean {
  return lead.status === "completed" || lead.status === "failed";
}
