import Link from "next/link";
import type { ReactNode } from "react";
import { count, countOf } from "@/shared/numbers";
import { Moment } from "@/shared/time/moment";
import { Bars } from "@/shared/ui/bars";
import { hourName } from "./attention";
import type { Overview } from "./requests";
import { texts } from "./texts";

/** Four figures on one line: sends, what is due next, what runs. */
export function Figures({ overview }: { overview: Overview }) {
  const { at, sent_today, sent_by_hour, next_due, campaigns } = overview;
  const day = sent_by_hour.reduce((sum, it) => sum + it, 0);
  const running = campaigns.running ?? 0;
  const paused = campaigns.paused ?? 0;
  return (
    <dl className="grid grid-cols-1 gap-px border-line border-b bg-line sm:grid-cols-2 xl:grid-cols-[2fr_1fr_1fr]">
      <Figure name={texts.sentToday} small={texts.inLast24Hours(day)}>
        <div className="flex items-end justify-between gap-6">
          <span className="text-page leading-8">{count(sent_today)}</span>
          <Bars
            values={sent_by_hour}
            about={texts.sentPerHour}
            width={288}
            height={32}
            nameOf={(place) => hourName(at, place, sent_by_hour.length)}
          />
        </div>
      </Figure>
      <Figure
        name={texts.nextDue}
        small={
          next_due ? (
            <Link
              href={`/campaigns/${encodeURIComponent(next_due.campaign_id)}`}
              className="block truncate underline decoration-line-strong underline-offset-2 hover:text-ink"
              dir="auto"
            >
              {next_due.name ?? next_due.campaign_id}
            </Link>
          ) : (
            texts.noneDue
          )
        }
      >
        <span className="inline-block text-page leading-8 first-letter:uppercase">
          <Moment at={next_due?.at} none={texts.nothing} />
        </span>
      </Figure>
      <Figure name={texts.running} small={paused > 0 ? texts.paused(paused) : texts.nonePaused}>
        <span className="text-page leading-8">{countOf(running, "campaign")}</span>
      </Figure>
    </dl>
  );
}

interface FigureProps {
  name: string;
  small: ReactNode;
  children: ReactNode;
}

function Figure({ name, small, children }: FigureProps) {
  return (
    <div className="min-w-0 bg-canvas px-4 py-4 sm:px-8 xl:px-6 xl:first:pl-8">
      <dt className="text-caption text-ink-faint">{name}</dt>
      <dd className="mt-1 font-medium tabular-nums">
        {children}
        <span className="mt-1 block font-normal text-caption text-ink-soft">{small}</span>
      </dd>
    </div>
  );
}
