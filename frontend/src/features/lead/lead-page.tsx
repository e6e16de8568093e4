"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { CampaignTrail } from "@/entities/campaign/campaign-trail";
import { useCampaign } from "@/entities/campaign/use-campaign";
import { nodeNames } from "@/entities/flow/node-names";
import { hasEnded, leadStanding } from "@/entities/lead/standing";
import { subjectIn } from "@/entities/lead/timeline";
import { isGone, isUnreached, problemText } from "@/shared/api/problem";
import { count } from "@/shared/numbers";
import { PageHeader } from "@/shared/shell/page-header";
import { Moment } from "@/shared/time/moment";
import { Notice } from "@/shared/ui/notice";
import { Empty, Failure, Skeleton } from "@/shared/ui/states";
import { Status } from "@/shared/ui/status";
import { useSegment } from "@/shared/use-segment";
import { LeadActions } from "./actions";
import { Attributes } from "./attributes";
import { LeadContact } from "./contact";
import { Decide } from "./decide";
import { Mails } from "./mails";
import { texts } from "./texts";
import { Timeline } from "./timeline";
import { type LeadRead, useLead, useLookAgain } from "./use-lead";

const LINK = "font-medium text-accent underline";

export function LeadPage() {
  const campaignId = useSegment(1);
  const leadId = useSegment(3);
  const lead = useLead(campaignId, leadId);
  const campaign = useCampaign(campaignId);
  const look = useLookAgain(campaignId, leadId);
  const path = `/campaigns/${encodeURIComponent(campaignId)}`;
  const trail = <CampaignTrail campaignId={campaignId} isOfContacts />;
  if (isGone(lead.error)) {
    return (
      <>
        <PageHeader trail={trail} title={lead.data?.email ?? texts.lead} />
        <Empty
          title={texts.gone}
          action={
            <Link href={campaign.data ? `${path}/leads` : "/campaigns"} className={LINK}>
              {campaign.data ? texts.seeContacts : texts.seeCampaigns}
            </Link>
          }
        >
          {texts.goneAbout}
        </Empty>
      </>
    );
  }
  if (!lead.data) {
    return (
      <>
        <PageHeader trail={trail} title={texts.lead} />
        {lead.error ? (
          <Failure error={lead.error} onRetry={() => void lead.refetch()} />
        ) : (
          <div className="max-w-3xl px-8 py-6">
            <Skeleton lines={8} />
          </div>
        )}
      </>
    );
  }
  const standing = leadStanding(lead.data);
  const named = nodeNames(campaign.data?.draft);
  const { timeline } = lead.data;
  const nameOf = (nodeId: string | null) =>
    (nodeId ? subjectIn(timeline, nodeId) : undefined) ?? named(nodeId);
  return (
    <>
      <PageHeader
        trail={trail}
        title={<span dir="auto">{lead.data.email}</span>}
        status={
          <p className="flex min-w-0 items-center gap-2">
            <Status hue={standing.hue}>{standing.label}</Status>
            {lead.data.current_node && !hasEnded(lead.data) ? (
              <span className="truncate text-ink-soft">
                {texts.at} <bdi>{nameOf(lead.data.current_node)}</bdi>
              </span>
            ) : null}
          </p>
        }
        actions={
          <LeadActions
            lead={lead.data}
            draft={campaign.data?.draft}
            onDone={look}
            canvasHref={`${path}?lead=${encodeURIComponent(leadId)}`}
          />
        }
      />
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="flex flex-wrap gap-x-16 gap-y-8 px-8 py-6">
          <div className="flex min-w-[min(20rem,100%)] max-w-3xl flex-[2] flex-col gap-6">
            {lead.error && !isUnreached(lead.error) ? (
              <Notice hue="failed">
                {problemText(lead.error)} {texts.seenAt} <Moment at={seenAt(lead.dataUpdatedAt)} />.
              </Notice>
            ) : null}
            <Decide lead={lead.data} onDone={look} />
            <Timeline
              items={lead.data.timeline}
              next={lead.data.reason === "unknown" ? null : lead.data.next_step}
            />
          </div>
          <Facts lead={lead.data} nameOf={nameOf} onDone={look} />
        </div>
      </div>
    </>
  );
}

function seenAt(ms: number): string {
  return new Date(ms).toISOString();
}

interface FactsProps {
  lead: LeadRead;
  nameOf: (nodeId: string | null) => string;
  onDone: () => Promise<void>;
}

function Facts({ lead, nameOf, onDone }: FactsProps) {
  return (
    <aside aria-label={texts.about} className="flex min-w-64 max-w-96 flex-1 flex-col gap-8">
      <Section title={texts.place}>
        <dl className="grid grid-cols-[minmax(0,2fr)_minmax(0,3fr)] gap-x-4 gap-y-1.5 text-dense">
          <Fact name={texts.nowAt}>{nameOf(lead.current_node)}</Fact>
          {lead.wait_until ? (
            <Fact name={texts.until}>
              <Moment at={lead.wait_until} />
            </Fact>
          ) : null}
          <Fact name={texts.number}>
            <span className="tabular-nums">{count(lead.seq)}</span>
          </Fact>
          <Fact name={texts.entered}>
            <Moment at={lead.enrolled_at} />
          </Fact>
          <Fact name={texts.flowVersion}>
            <span className="tabular-nums">{lead.flow_version}</span>
          </Fact>
        </dl>
      </Section>
      <Section title={texts.emails}>
        <Mails messages={lead.messages} subjectOf={nameOf} />
      </Section>
      <Section title={texts.contact}>
        {lead.suppressed ? <Suppressed it={lead.suppressed} /> : null}
        <Attributes attributes={lead.attributes} />
        <LeadContact lead={lead} onDone={onDone} />
      </Section>
    </aside>
  );
}

/** Why no campaign writes to the contact. */
function Suppressed({ it }: { it: NonNullable<LeadRead["suppressed"]> }) {
  return (
    <div className="mb-3 text-dense">
      <p className="flex flex-wrap items-baseline gap-x-3">
        <Status hue="failed">{texts.suppressed}</Status>
        <span className="text-ink-soft">{texts.reasons[it.reason]}</span>
        <span className="text-ink-faint">
          <Moment at={it.at} />
        </span>
      </p>
      {it.source ? (
        <p className="mt-0.5 break-words font-mono text-caption text-ink-soft">{it.source}</p>
      ) : null}
    </div>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h2 className="mb-3 border-line border-b pb-1.5 font-semibold text-dense">{title}</h2>
      {children}
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="contents">
      <dt className="text-ink-faint">{name}</dt>
      <dd className="min-w-0 break-words text-left" dir="auto">
        {children}
      </dd>
    </div>
  );
}
