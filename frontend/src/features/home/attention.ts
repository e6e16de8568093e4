/** What needs attention, worst first, in words and with a link. Pure. */

import type { Schemas } from "@/shared/api/client";
import { span } from "@/shared/time/format";
import type { Hue } from "@/shared/ui/status";
import { texts } from "./texts";

type Overview = Schemas["OverviewView"];
type System = Pick<Schemas["SystemView"], "checks">;

export interface Attention {
  key: string;
  hue: Hue;
  /** Beside the dot. */
  state: string;
  /** The subject before the text: a campaign, or a part of the system. */
  about: string;
  message: string;
  verb: string;
  href: string;
}

/** Less than this is normal: the sweep runs once a second, and batches take some time. */
export const LATE_SECONDS_MIN = 30;

export function attentions(overview: Overview, system: System | undefined): Attention[] {
  return [...ofCampaigns(overview), ...ofSystem(overview, system)].sort(
    (a, b) => rank(a.hue) - rank(b.hue),
  );
}

/** Failures come before things that only wait. */
function rank(hue: Hue): number {
  return ["failed", "waiting"].indexOf(hue);
}

function ofCampaigns(overview: Overview): Attention[] {
  return overview.troubled.flatMap((it) => {
    const leads = `/campaigns/${encodeURIComponent(it.campaign_id)}/leads`;
    const found: Attention[] = [];
    if (it.pause_reason) {
      found.push({
        key: `${it.campaign_id} held`,
        hue: "failed",
        state: texts.statePaused,
        about: it.name,
        message: texts.heldCampaign(it.pause_reason),
        verb: texts.look,
        href: `/campaigns/${encodeURIComponent(it.campaign_id)}`,
      });
    }
    if (it.failed > 0) {
      found.push({
        key: `${it.campaign_id} failed`,
        hue: "failed",
        state: texts.stateFails,
        about: it.name,
        message: texts.failedLeads(it.failed),
        verb: texts.seeWhy,
        href: `${leads}?status=failed`,
      });
    }
    if (it.deferred > 0) {
      found.push({
        key: `${it.campaign_id} deferred`,
        hue: "waiting",
        state: texts.stateWaits,
        about: it.name,
        message: texts.deferredLeads(it.deferred),
        verb: texts.seeWhich,
        href: `${leads}?status=paused`,
      });
    }
    return found;
  });
}

function ofSystem(overview: Overview, system: System | undefined): Attention[] {
  const found: Attention[] = (system?.checks ?? [])
    .filter((it) => it.state !== "ok")
    .map((it) => ({
      key: `check ${it.name}`,
      hue: it.state === "failed" ? "failed" : "waiting",
      state: it.state === "failed" ? texts.stateFails : texts.stateWarning,
      about: capital(it.name),
      message: [it.message, it.remedy].filter(Boolean).join(" "),
      verb: texts.look,
      href: "/system",
    }));
  if (overview.breaker && overview.breaker.state !== "closed") {
    found.push({
      key: "breaker",
      hue: overview.breaker.state === "open" ? "failed" : "waiting",
      state: overview.breaker.state === "open" ? texts.stateFails : texts.stateWarning,
      about: texts.sending,
      message: texts.refusedSender(overview.breaker.message, overview.breaker.last_reason),
      verb: texts.look,
      href: "/system",
    });
  }
  if (overview.overdue_seconds >= LATE_SECONDS_MIN) {
    found.push({
      key: "late",
      hue: "failed",
      state: texts.stateFails,
      about: texts.late,
      message: texts.overdue(about(overview.overdue_seconds)),
      verb: texts.look,
      href: "/system",
    });
  }
  return found;
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** 4000 seconds are "67 minutes", not "4000 seconds". */
function about(seconds: number): string {
  if (seconds < 120) {
    return span(Math.round(seconds));
  }
  return seconds < 7200
    ? span(Math.round(seconds / 60) * 60)
    : span(Math.round(seconds / 3600) * 3600);
}

/** Which first steps are done on a new system. */
export function firstSteps(campaigns: Record<string, number>): {
  hasCampaign: boolean;
  hasLaunched: boolean;
} {
  const all = Object.values(campaigns).reduce((sum, it) => sum + it, 0);
  const launched = ["running", "paused", "waiting", "completed", "cancelled"];
  return {
    hasCampaign: all > 0,
    hasLaunched: launched.some((it) => (campaigns[it] ?? 0) > 0),
  };
}

/** The name of the bar `place`, `back` hours before the current one. */
export function hourName(at: string, place: number, hours: number): string {
  const begun = new Date(at);
  begun.setUTCMinutes(0, 0, 0);
  begun.setUTCHours(begun.getUTCHours() - (hours - 1 - place));
  return new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" }).format(begun);
}
