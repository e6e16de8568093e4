/** The state of a lead, as a word and a hue. The words are those of the glossary. */

import type { Schemas } from "@/shared/api/client";
import type { Hue } from "@/shared/ui/status";
import { texts } from "./texts";

export interface LeadStanding {
  hue: Hue;
  label: string;
}

const BY_STATUS: Record<string, LeadStanding> = {
  pending: { hue: "neutral", label: texts.pending },
  running: { hue: "running", label: texts.sending },
  paused: { hue: "waiting", label: texts.waiting },
  completed: { hue: "sent", label: texts.finished },
  failed: { hue: "failed", label: texts.failed },
};

const BY_REASON: Record<string, LeadStanding> = {
  wait: { hue: "waiting", label: texts.waiting },
  condition: { hue: "waiting", label: texts.watching },
  deferred: { hue: "waiting", label: texts.deferred },
  unknown: { hue: "unknown", label: texts.unknown },
  end: { hue: "sent", label: texts.finished },
  no_connection: { hue: "sent", label: texts.finished },
  step_gone: { hue: "neutral", label: texts.stepGone },
  goal: { hue: "sent", label: texts.goal },
  suppressed: { hue: "neutral", label: texts.suppressed },
  cancelled: { hue: "neutral", label: texts.cancelled },
  removed: { hue: "neutral", label: texts.removed },
  rejected: { hue: "failed", label: texts.rejected },
  template: { hue: "failed", label: texts.template },
  poison: { hue: "failed", label: texts.poison },
};

export function leadStanding(lead: { status: string; reason: string | null }): LeadStanding {
  return (
    (lead.reason ? BY_REASON[lead.reason] : undefined) ??
    BY_STATUS[lead.status] ?? { hue: "neutral", label: lead.status }
  );
}

type LeadStatus = Schemas["LeadStatus"];

interface LeadFilter {
  label: string;
  statuses: readonly LeadStatus[];
}

/** The filters for leads, by their names in addresses. */
export const LEAD_FILTERS = {
  active: { label: texts.active, statuses: ["pending", "running", "paused"] },
  pending: { label: texts.pending, statuses: ["pending"] },
  running: { label: texts.sending, statuses: ["running"] },
  paused: { label: texts.waiting, statuses: ["paused"] },
  completed: { label: texts.completed, statuses: ["completed"] },
  failed: { label: texts.failed, statuses: ["failed"] },
} as const satisfies Record<string, LeadFilter>;

export type LeadFilterName = keyof typeof LEAD_FILTERS;

export function isLeadFilter(text: string | null): text is LeadFilterName {
  return text !== null && Object.hasOwn(LEAD_FILTERS, text);
}

/** Whether nothing more happens to it automatically. */
export function hasEnded(lead: { status: string }): boolean {
  return lead.status === "completed" || lead.status === "failed";
}
