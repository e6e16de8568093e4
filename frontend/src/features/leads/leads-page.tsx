"use client";

import Link from "next/link";
import { Suspense, useCallback, useMemo, useRef, useState } from "react";
import { CampaignTrail } from "@/entities/campaign/campaign-trail";
import { NoCampaign } from "@/entities/campaign/no-campaign";
import { useCampaign, useLive } from "@/entities/campaign/use-campaign";
import { RetryFailed } from "@/entities/failed-leads/retry-failed";
import { namedNodes, nodeNames } from "@/entities/flow/node-names";
import { isGone, isUnreached, problemText } from "@/shared/api/problem";
import { PageHeader } from "@/shared/shell/page-header";
import { useStored } from "@/shared/shell/use-stored";
import { Button } from "@/shared/ui/button";
import { Notice } from "@/shared/ui/notice";
import { Empty, Failure, Skeleton } from "@/shared/ui/states";
import { useSegment } from "@/shared/use-segment";
import { attributeNames, chosenColumns, toggled, written } from "./columns";
import { FilterBar } from "./filter-bar";
import type { LeadBook } from "./lead-book";
import { LeadGrid } from "./lead-grid";
import { NoLeads } from "./no-leads";
import { texts } from "./texts";
import { useFilters } from "./use-filters";
import { useLeadBook } from "./use-lead-book";

const BUTTON_LINK =
  "inline-flex h-8 items-center rounded-control border border-line-strong bg-raised px-3 font-medium hover:bg-sunken";

export function LeadsPage() {
  return (
    <Suspense>
      <Leads />
    </Suspense>
  );
}

function Leads() {
  const campaignId = useSegment(1);
  const path = `/campaigns/${encodeURIComponent(campaignId)}`;
  const campaign = useCampaign(campaignId);
  const live = useLive(campaignId);
  const problem = campaign.error ?? live.error;
  const isDeleted = isGone(problem);
  const header = (
    <PageHeader
      trail={<CampaignTrail campaignId={campaignId} />}
      title={texts.contacts}
      actions={
        isDeleted ? null : (
          <Link href={`${path}/import`} className={BUTTON_LINK}>
            {texts.importContacts}
          </Link>
        )
      }
    />
  );
  if (!campaign.data || !live.data || isDeleted) {
    return (
      <>
        {header}
        {isDeleted ? (
          <NoCampaign message={problemText(problem)} />
        ) : problem ? (
          <Failure
            error={problem}
            onRetry={() => void Promise.all([campaign.refetch(), live.refetch()])}
          />
        ) : (
          <div className="px-8 py-4">
            <Skeleton lines={12} />
          </div>
        )}
      </>
    );
  }
  return (
    <>
      {header}
      <Table
        campaignId={campaignId}
        draft={campaign.data.draft}
        status={live.data.status}
        counts={live.data.changed.leads}
      />
    </>
  );
}

interface TableProps {
  campaignId: string;
  draft: unknown;
  status: string;
  counts: Record<string, number>;
}

function Table({ campaignId, draft, status, counts }: TableProps) {
  const { filters, at, change, clear, remember } = useFilters();
  const isLive = status === "running" || status === "paused";
  const book = useLeadBook(campaignId, filters, isLive);
  const [stored, setStored] = useStored(`columns.${campaignId}`, "");
  // A new object each time, so that typing the same place twice goes there twice.
  const [wanted, setWanted] = useState<{ place: number } | null>(null);
  const nodeOf = useMemo(() => nodeNames(draft), [draft]);
  const nodes = useMemo(() => namedNodes(draft), [draft]);
  const leadHref = useCallback(
    (leadId: string) =>
      `/campaigns/${encodeURIComponent(campaignId)}/leads/${encodeURIComponent(leadId)}`,
    [campaignId],
  );
  const total = Object.values(counts).reduce((sum, number) => sum + number, 0);
  const names = useAttributeNames(book);
  const chosen = useMemo(() => chosenColumns(stored, names), [stored, names]);
  const isEmpty = !book.isFiltered && total === 0 && book.rowCount === 0;
  const hasNoMatch = book.isFiltered && book.isComplete && book.rowCount === 0;
  if (isEmpty && !book.error) {
    return <NoLeads campaignId={campaignId} status={status} />;
  }
  return (
    <>
      <FilterBar
        filters={filters}
        onChange={change}
        onClear={clear}
        counts={counts}
        total={total}
        nodes={nodes}
        attributes={names}
        chosen={chosen}
        onToggle={(name) => setStored(written(toggled(chosen, name)))}
        onGo={(place) => setWanted({ place })}
        actions={
          filters.status === "failed" && !filters.email ? (
            <RetryFailed
              key={filters.node}
              campaignId={campaignId}
              status={status}
              leads={counts.failed ?? 0}
              node={filters.node}
              nodeOf={nodeOf}
            />
          ) : null
        }
      />
      {book.error && !(isUnreached(book.error) && book.rowCount > 0) ? (
        <div className="px-8 pt-3">
          <Notice
            hue="failed"
            action={<Button onClick={() => book.retry()}>{texts.tryAgain}</Button>}
          >
            {problemText(book.error)}
          </Notice>
        </div>
      ) : null}
      {hasNoMatch ? (
        <Empty title={texts.noMatch} action={<Button onClick={clear}>{texts.clearFilters}</Button>}>
          {texts.noMatchAbout}
        </Empty>
      ) : (
        <LeadGrid
          key={`${filters.status}/${filters.node}/${filters.email}`}
          book={book}
          total={total}
          at={at}
          wanted={wanted}
          onSettle={remember}
          attributes={chosen}
          nodeOf={nodeOf}
          leadHref={leadHref}
          label={texts.contacts}
        />
      )}
    </>
  );
}

/** From any loaded page: filtered or far down, the names are much the same. */
function useAttributeNames(book: LeadBook): string[] {
  const known = useRef<string[]>([]);
  if (known.current.length === 0) {
    known.current = attributeNames(book.leadsHere());
  }
  return known.current;
}
