/**
 * The gallery: real campaigns to start from. Each file has the form of an export, which the API
 * accepts; `tests/frontend/test_starters.py` checks them with the engine's own validator.
 */

import abNewsletter from "./starters/ab-newsletter.json";
import eventReminder from "./starters/event-reminder.json";
import feedback from "./starters/feedback.json";
import reEngagement from "./starters/re-engagement.json";
import trialOnboarding from "./starters/trial-onboarding.json";
import welcomeSeries from "./starters/welcome-series.json";
import { texts } from "./texts";

export interface Starter {
  name: string;
  description: string;
  nodes: { id: string; type: string }[];
  connections: { from_node: string; to_node: string }[];
}

export const STARTERS: readonly Starter[] = [
  welcomeSeries,
  trialOnboarding,
  reEngagement,
  eventReminder,
  feedback,
  abNewsletter,
];

/** "4 mails, 7 nodes": shown before a starter is opened. */
export function sizeOf(starter: Starter): string {
  const mails = starter.nodes.filter((it) => it.type === "sendEmail").length;
  const nodes = starter.nodes.filter((it) => it.type !== "start" && it.type !== "end").length;
  return texts.size(mails, nodes);
}
