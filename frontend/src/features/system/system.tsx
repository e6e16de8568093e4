"use client";

import { ExternalLink } from "lucide-react";
import type { ReactNode } from "react";
import { PageHeader } from "@/shared/shell/page-header";
import { Moment } from "@/shared/time/moment";
import { PageBody } from "@/shared/ui/page-body";
import { SectionTitle } from "@/shared/ui/section-title";
import { Failure, Skeleton } from "@/shared/ui/states";
import { Status } from "@/shared/ui/status";
import { DeadLetters } from "./dead-letters";
import { BREAKER, OVERALL, STATES, seconds, within } from "./labels";
import { Queues, Workers } from "./queues";
import { type System as Report, useSystem } from "./requests";
import { texts } from "./texts";

/** The state of everything, how to fix problems, and the dead letters. */
export function System() {
  const { data, error, isPending, refetch } = useSystem();
  return (
    <>
      <PageHeader
        title={texts.system}
        status={data ? <Status hue={STATES[data.state].hue}>{OVERALL[data.state]}</Status> : null}
        actions={data ? <Links links={data.links} /> : null}
      />
      <PageBody label={texts.system}>
        {data ? (
          <>
            <Checks checks={data.checks} />
            <Sending report={data} />
            <Workers workers={data.workers} />
            <Queues queues={data.queues} />
            <DeadLetters total={data.dead_letters} />
          </>
        ) : isPending ? (
          <div className="px-4 sm:px-8">
            <Skeleton lines={10} />
          </div>
        ) : (
          <Failure error={error} onRetry={() => void refetch()} />
        )}
      </PageBody>
    </>
  );
}

function Links({ links }: { links: Report["links"] }) {
  const pages: [string, string | null][] = [
    [texts.rabbitmq, links.rabbitmq],
    [texts.metrics, links.metrics],
  ];
  return pages.map(([name, href]) =>
    href ? (
      <a
        key={name}
        href={href}
        target="_blank"
        rel="noreferrer"
        className="inline-flex h-8 items-center gap-2 rounded-control border border-line-strong bg-raised px-3 font-medium transition-colors hover:bg-sunken"
      >
        {name}
        <ExternalLink size={14} aria-hidden />
        <span className="sr-only">{texts.newTab}</span>
      </a>
    ) : null,
  );
}

/** Problems come first. */
function Checks({ checks }: { checks: Report["checks"] }) {
  const worst = { failed: 0, warning: 1, ok: 2 };
  const sorted = [...checks].sort((a, b) => worst[a.state] - worst[b.state]);
  return (
    <section aria-label={texts.checks}>
      <SectionTitle>{texts.checks}</SectionTitle>
      <ul className="border-line border-t">
        {sorted.map((it) => (
          <li
            key={it.name}
            className="grid grid-cols-[1fr_auto] items-start gap-x-6 gap-y-1 border-line border-b px-4 py-2.5 sm:grid-cols-[10rem_8rem_1fr] sm:px-8"
          >
            <span className="font-medium first-letter:uppercase">{it.name}</span>
            <Status hue={STATES[it.state].hue}>{STATES[it.state].label}</Status>
            <span className="col-span-2 text-ink-soft sm:col-span-1">
              {it.message}
              {it.remedy ? <span className="block text-ink">{it.remedy}</span> : null}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Sending({ report }: { report: Report }) {
  const { breaker, swept, overdue_seconds, lateness } = report;
  return (
    <section aria-label={texts.sending}>
      <SectionTitle>{texts.sending}</SectionTitle>
      <dl className="grid grid-cols-1 gap-px border-line border-y bg-line sm:grid-cols-2 xl:grid-cols-4">
        <Fact name={texts.breaker}>
          {breaker ? (
            <>
              <Status hue={BREAKER[breaker.state].hue}>{BREAKER[breaker.state].label}</Status>
              <Small>
                {breaker.message}
                {breaker.open_until ? (
                  <>
                    {" "}
                    {texts.retried} <Moment at={breaker.open_until} />.
                  </>
                ) : null}
                {breaker.last_reason ? texts.serverSaid(breaker.last_reason) : null}
              </Small>
            </>
          ) : (
            <>
              –<Small>{texts.noRate}</Small>
            </>
          )}
        </Fact>
        <Fact name={texts.mostOverdue}>
          {overdue_seconds === null
            ? "–"
            : overdue_seconds === 0
              ? texts.none
              : seconds(overdue_seconds)}
          <Small>{texts.overdueAbout}</Small>
        </Fact>
        <Fact name={texts.lateBy}>
          {lateness ? `${within(lateness.p50_ms)}` : "–"}
          <Small>
            {lateness ? texts.halfOf(lateness.pauses, within(lateness.p99_ms)) : texts.noWaitYet}
          </Small>
        </Fact>
        <Fact name={texts.lastSweep}>
          <Moment at={swept?.at} />
          <Small>
            {swept?.by ? texts.sweptBy(swept.by) : swept ? texts.sweepAbout : texts.noneKnown}
          </Small>
        </Fact>
      </dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="bg-canvas px-4 py-3 sm:px-8 xl:px-4 xl:first:pl-8">
      <dt className="text-caption text-ink-faint">{name}</dt>
      <dd className="mt-0.5 font-medium tabular-nums">{children}</dd>
    </div>
  );
}

function Small({ children }: { children: ReactNode }) {
  return <span className="block font-normal text-caption text-ink-soft">{children}</span>;
}
