/** A campaign's status: its name, its look, and the actions it permits. */

import type { Hue } from "@/shared/ui/status";
import { texts } from "./texts";

export const STATUSES = [
  "draft",
  "scheduled",
  "running",
  "paused",
  "waiting",
  "completed",
  "cancelled",
  "archived",
] as const;

export type CampaignStatus = (typeof STATUSES)[number];

export type Verb = "unschedule" | "pause" | "resume" | "end" | "cancel" | "archive" | "delete";

interface StatusLook {
  label: string;
  hue: Hue;
  /** In menu order. The API has the last word. */
  verbs: readonly Verb[];
}

const LOOKS: Record<CampaignStatus, StatusLook> = {
  draft: { label: texts.draft, hue: "neutral", verbs: ["archive", "delete"] },
  scheduled: { label: texts.scheduled, hue: "waiting", verbs: ["unschedule"] },
  running: { label: texts.running, hue: "running", verbs: ["pause", "cancel"] },
  paused: { label: texts.paused, hue: "waiting", verbs: ["resume", "cancel"] },
  waiting: { label: texts.waiting, hue: "running", verbs: ["pause", "end", "cancel"] },
  completed: { label: texts.completed, hue: "sent", verbs: ["archive", "delete"] },
  cancelled: { label: texts.cancelled, hue: "neutral", verbs: ["archive", "delete"] },
  archived: { label: texts.archived, hue: "neutral", verbs: ["delete"] },
};

/** Cancelled or archived: it never runs again and takes no contacts. A completed one does. */
export function isClosed(status: string): boolean {
  return status === "cancelled" || status === "archived";
}

/** Its flow cannot be changed. */
export function isLocked(status: string): boolean {
  return isClosed(status) || status === "scheduled";
}

export function asStatus(text: string | null | undefined): CampaignStatus | null {
  return STATUSES.find((it) => it === text) ?? null;
}

/** An unknown status is shown as the API spells it, and no action is offered. */
export function lookOf(status: string): StatusLook {
  const known = asStatus(status);
  return known ? LOOKS[known] : { label: status, hue: "neutral", verbs: [] };
}

/** Leads by status, as counted by the API, in the three groups of a list. */
export function leadGroups(leads: Record<string, number>): {
  waiting: number;
  done: number;
  failed: number;
  all: number;
} {
  const of = (...names: string[]) => names.reduce((sum, name) => sum + (leads[name] ?? 0), 0);
  const waiting = of("pending", "running", "paused");
  const done = of("completed");
  const failed = of("failed");
  return { waiting, done, failed, all: waiting + done + failed };
}
