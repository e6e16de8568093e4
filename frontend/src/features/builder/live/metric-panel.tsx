"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { Route, X } from "lucide-react";
import Link from "next/link";
import { useSearchParams } from "next/navigation";
import type { MouseEvent } from "react";
import { leadStanding } from "@/entities/lead/standing";
import { api, ask, type Schemas } from "@/shared/api/client";
import { Button } from "@/shared/ui/button";
import { Empty, Failure, Skeleton } from "@/shared/ui/states";
import { Status } from "@/shared/ui/status";
import { useCanvas, useWorkbench } from "../context";
import { emailName } from "../model/titles";
import { texts } from "../texts";
import { askFor, showAll } from "./address";
import { useEscape } from "./use-escape";

type EmailMetric = Schemas["EmailMetric"];

const TITLES: Readonly<Record<EmailMetric, string>> = {
  sent: texts.wereSent,
  opened: texts.opened,
  clicked: texts.clickedIn,
  unsubscribed: texts.unsubscribedBy,
  bounced: texts.cameBack,
  complained: texts.reportedBy,
};

const PAGE = 50;

function isEmailMetric(value: string | null): value is EmailMetric {
  return value !== null && Object.hasOwn(TITLES, value);
}

/** `?node=…&metric=…`: the leads of a metric, beside the canvas that shows its count. Bookmarks of older
 * versions say `behind`. */
export function MetricPanel() {
  const params = useSearchParams();
  const [node, metric] = [params.get("node"), params.get("metric") ?? params.get("behind")];
  return node && isEmailMetric(metric) ? (
    <Panel key={`${node} ${metric}`} node={node} metric={metric} />
  ) : null;
}

function Panel({ node, metric }: { node: string; metric: EmailMetric }) {
  const { campaignId } = useWorkbench();
  const canvas = useCanvas();
  useEscape(showAll);
  const leads = useInfiniteQuery({
    queryKey: ["campaigns", campaignId, "metric", node, metric],
    queryFn: ({ pageParam }) =>
      ask(
        api.GET("/api/v1/campaigns/{campaign_id}/leads", {
          params: {
            path: { campaign_id: campaignId },
            query: { node, metric, after: pageParam, limit: PAGE },
          },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_after ?? undefined,
  });
  const found = leads.data?.pages.flatMap((it) => it.leads) ?? [];
  return (
    <aside
      aria-label={texts.metricLeads}
      className="flex w-90 shrink-0 animate-appear flex-col overflow-hidden border-line border-l bg-surface"
    >
      <header className="flex items-start gap-2 border-line border-b px-5 pt-4 pb-3">
        <div className="min-w-0 flex-1">
          <p className="text-caption text-ink-faint">{TITLES[metric]}</p>
          <h2 className="truncate font-semibold text-[15px] leading-7" dir="auto">
            {emailName(canvas, node)}
          </h2>
        </div>
        <Button kind="quiet" isSquare aria-label={texts.close} className="-mr-2" onClick={showAll}>
          <X size={16} aria-hidden />
        </Button>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto px-2 py-2">
        {leads.isPending ? (
          <div className="px-3">
            <Skeleton lines={6} />
          </div>
        ) : null}
        {leads.error ? <Failure error={leads.error} onRetry={() => void leads.refetch()} /> : null}
        {leads.data && found.length === 0 ? <Empty title={texts.nobodyYet} /> : null}
        <ul>
          {found.map((it) => (
            <Row key={it.lead_id} lead={it} />
          ))}
        </ul>
        {leads.hasNextPage ? (
          <Button
            kind="quiet"
            isBusy={leads.isFetchingNextPage}
            onClick={() => void leads.fetchNextPage()}
          >
            {texts.showMore}
          </Button>
        ) : null}
      </div>
    </aside>
  );
}

function Row({ lead }: { lead: Schemas["LeadView"] }) {
  const { campaignId } = useWorkbench();
  const { hue, label } = leadStanding(lead);
  const campaign = `/campaigns/${encodeURIComponent(campaignId)}`;
  const show = (event: MouseEvent) => {
    event.preventDefault();
    askFor({ lead: lead.lead_id });
  };
  return (
    <li className="flex items-center gap-2 rounded-control px-3 hover:bg-sunken">
      <Link
        href={`${campaign}/leads/${encodeURIComponent(lead.lead_id)}`}
        prefetch={false}
        className="min-w-0 flex-1 truncate py-1.5 text-dense hover:underline"
      >
        {lead.email}
      </Link>
      <span className="text-caption text-ink-soft">
        <Status hue={hue}>{label}</Status>
      </span>
      <a
        href={`?lead=${encodeURIComponent(lead.lead_id)}`}
        onClick={show}
        title={texts.showPath}
        aria-label={texts.showPathOf(lead.email)}
        className="flex size-7 shrink-0 items-center justify-center rounded-control text-ink-faint hover:bg-raised hover:text-ink"
      >
        <Route size={14} aria-hidden />
      </a>
    </li>
  );
}
