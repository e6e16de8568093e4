/** What a campaign's status is called, how it looks, and what may be done in it. */

import type { Hue } from "@/shared/ui/status";
import { texts } from "./texts";

export const STATUSES = [
  "draft",
  "running",
  "paused",
  "completed",
  "cancelled",
  "archived",
] as const;

export type CampaignStatus = (typeof STATUSES)[number];

export type Verb = "pause" | "resume" | "cancel" | "archive" | "delete";

interface StatusLook {
  word: string;
  hue: Hue;
  /** In the order of a menu. The API has the last word. */
  verbs: readonly Verb[];
}

const LOOKS: Record<CampaignStatus, StatusLook> = {
  draft: { word: texts.draft, hue: "neutral", verbs: ["archive", "delete"] },
  running: { word: texts.running, hue: "running", verbs: ["pause", "cancel"] },
  paused: { word: texts.paused, hue: "waiting", verbs: ["resume", "cancel"] },
  completed: { word: texts.completed, hue: "sent", verbs: ["archive", "delete"] },
  cancelled: { word: texts.cancelled, hue: "neutral", verbs: ["archive", "delete"] },
  archived: { word: texts.archived, hue: "neutral", verbs: ["delete"] },
};

export function asStatus(text: string | null | undefined): CampaignStatus | null {
  return STATUSES.find((it) => it === text) ?? null;
}

/** A status this page has never heard of is shown as the API spells it, and nothing is offered. */
export function lookOf(status: string): StatusLook {
  const known = asStatus(status);
  return known ? LOOKS[known] : { word: status, hue: "neutral", verbs: [] };
}

/** Leads by status, as the API counts them, in the three groups that a list shows. */
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
