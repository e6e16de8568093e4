"use client";

import { X } from "lucide-react";
import Link from "next/link";
import { RetryFailed } from "@/entities/failed-leads/retry-failed";
import { count } from "@/shared/numbers";
import { Moment } from "@/shared/time/moment";
import { Button } from "@/shared/ui/button";
import { useCanvas, useSaver, useWorkbench } from "../context";
import { Segments } from "../inspector/controls";
import { emailName } from "../model/titles";
import { Moving } from "../publish/moving";
import { texts } from "../texts";
import { showAll } from "./address";
import { lateness } from "./live-store";
import { useEscape } from "./use-escape";
import { useLive } from "./use-live";
import { VersionSwitch } from "./version-switch";

const LEADS = [
  ["pending", texts.toEnter],
  ["running", texts.sending],
  ["paused", texts.waiting],
  ["completed", texts.completed],
  ["failed", texts.failed],
] as const;

/** The campaign's figures above the canvas: leads by status, and the lateness of waits. */
export function LiveBar() {
  const { live, campaignId } = useWorkbench();
  const leads = useLive((it) => it.leads);
  const counts = useLive((it) => it);
  const isPercent = useLive((it) => it.isPercent);
  const isStale = useLive((it) => it.isStale);
  const path = useLive((it) => it.path);
  const canvas = useCanvas();
  const status = useSaver((it) => it.kept.campaign.status);
  const held = useSaver((it) => it.kept.campaign.pause_reason);
  const late = [lateness(counts, 0.5), lateness(counts, 0.99)] as const;
  const page = `/campaigns/${encodeURIComponent(campaignId)}/leads`;
  return (
    <div className="flex min-h-11 shrink-0 flex-wrap items-center gap-x-5 gap-y-1 border-line border-b px-8 py-1 text-dense">
      {held ? (
        <p role="status" className="w-full text-failed">
          {texts.held(held)}
        </p>
      ) : null}
      {path ? (
        <PathSummary onClose={showAll} />
      ) : (
        <>
          {LEADS.map(([status, label]) => (
            <Link
              key={status}
              href={`${page}?status=${status}`}
              prefetch={false}
              className="flex gap-1.5 whitespace-nowrap hover:underline"
            >
              <span className="font-semibold tabular-nums">{count(leads[status] ?? 0)}</span>
              <span className="text-ink-soft">{label}</span>
            </Link>
          ))}
          <RetryFailed
            campaignId={campaignId}
            status={status}
            leads={leads.failed ?? 0}
            nodeOf={(id) => emailName(canvas, id)}
          />
          <span className="whitespace-nowrap text-ink-soft" title={texts.latenessHint}>
            {late[0] === null ? (
              texts.noWaitYet
            ) : (
              <>
                {texts.lateBy}{" "}
                <span className="tabular-nums">
                  {texts.lateness(latenessText(late[0]), latenessText(late[1]))}
                </span>
              </>
            )}
          </span>
        </>
      )}
      <span className="ml-auto flex flex-wrap items-center gap-3">
        <Moving />
        <VersionSwitch />
        {isStale ? (
          <span role="status" className="whitespace-nowrap text-caption text-waiting">
            {texts.stale}
          </span>
        ) : null}
        <span className="w-40">
          <Segments
            label={texts.show}
            value={isPercent ? "percent" : "counts"}
            options={[
              ["counts", texts.counts],
              ["percent", texts.percent],
            ]}
            onChange={(value) => live.setState({ isPercent: value === "percent" })}
          />
        </span>
      </span>
    </div>
  );
}

/** "within 250 ms", "within 5 s", "over 1 h". */
export function latenessText(ms: number | null): string {
  if (ms === null) {
    return "–";
  }
  if (ms === Number.POSITIVE_INFINITY) {
    return texts.overAnHour;
  }
  if (ms < 1_000) {
    return `≤ ${ms} ms`;
  }
  return ms < 60_000 ? `≤ ${ms / 1_000} s` : `≤ ${ms / 60_000} min`;
}

function PathSummary({ onClose }: { onClose: () => void }) {
  const { campaignId } = useWorkbench();
  const path = useLive((it) => it.path);
  useEscape(onClose);
  const last = [...(path?.passages.values() ?? [])]
    .map((it) => it.at)
    .findLast((at) => at !== null);
  return path ? (
    <span className="flex min-w-0 items-center gap-3">
      <span className="truncate">
        {texts.pathOf}{" "}
        <Link
          href={`/campaigns/${encodeURIComponent(campaignId)}/leads/${encodeURIComponent(path.leadId)}`}
          className="font-semibold hover:underline"
        >
          <bdi>{path.email}</bdi>
        </Link>
        {path.next ? ` · ${path.next}` : null}
        {!path.next && last ? (
          <>
            {" "}
            {texts.endedMoved} <Moment at={last} />
          </>
        ) : null}
      </span>
      <Button kind="quiet" onClick={onClose}>
        <X size={16} aria-hidden /> {texts.showAll}
      </Button>
    </span>
  ) : null;
}
