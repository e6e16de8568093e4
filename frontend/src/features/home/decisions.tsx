"use client";

import Link from "next/link";
import { Moment } from "@/shared/time/moment";
import { SectionTitle } from "@/shared/ui/section-title";
import { Status } from "@/shared/ui/status";
import { type Overview, useUndecided } from "./requests";
import { texts } from "./texts";

/** Messages with an unknown outcome: only a person may send them again. */
export function Decisions({ troubled }: { troubled: Overview["troubled"] }) {
  const undecided = useUndecided(troubled);
  const all = troubled.reduce((sum, it) => sum + it.unknown, 0);
  if (all === 0) {
    return null;
  }
  return (
    <section aria-label={texts.decisions}>
      <SectionTitle>{texts.messagesWait(all)}</SectionTitle>
      <p className="px-4 pb-2 text-ink-soft sm:px-8">{texts.decisionsAbout}</p>
      <ul className="border-line border-t">
        {undecided.map((it) => (
          <li
            key={it.leadId}
            className="relative grid grid-cols-[1fr_auto] items-start gap-x-6 gap-y-1 border-line border-b px-4 py-2.5 transition-colors hover:bg-sunken sm:grid-cols-[6rem_14rem_1fr_auto_auto] sm:px-8"
          >
            <Status hue="unknown">{texts.unknown}</Status>
            <span className="truncate font-medium max-sm:order-first" dir="auto">
              {it.recipient}
            </span>
            <span className="truncate text-ink-soft" dir="auto">
              {it.campaign}
            </span>
            <span className="text-ink-soft">
              <Moment at={it.since} />
            </span>
            <Link
              href={`/campaigns/${encodeURIComponent(it.campaignId)}/leads/${encodeURIComponent(it.leadId)}`}
              className="font-medium text-accent after:absolute after:inset-0"
            >
              {texts.decide}
            </Link>
          </li>
        ))}
      </ul>
      {undecided.length > 0 && undecided.length < all ? (
        <p className="px-4 py-2 text-caption text-ink-faint sm:px-8">
          {texts.firstShown(undecided.length)}
        </p>
      ) : null}
    </section>
  );
}
