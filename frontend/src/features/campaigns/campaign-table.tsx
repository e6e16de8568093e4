"use client";

import Link from "next/link";
import { useState } from "react";
import { leadGroups, lookOf } from "@/entities/campaign/status";
import { classNames } from "@/shared/class-names";
import { count, percent } from "@/shared/numbers";
import { instant } from "@/shared/time/format";
import { Moment } from "@/shared/time/moment";
import { Bars } from "@/shared/ui/bars";
import { CELL, HEAD, TABLE } from "@/shared/ui/cells";
import { Status } from "@/shared/ui/status";
import { CampaignMenu } from "./campaign-menu";
import { type Asked, AskedDialog } from "./confirm-change";
import type { Campaign } from "./requests";
import { texts } from "./texts";

export function CampaignTable({ campaigns }: { campaigns: Campaign[] }) {
  const [asked, setAsked] = useState<Asked | null>(null);
  return (
    <>
      <table className={TABLE}>
        <thead>
          <tr>
            <th className={HEAD}>{texts.name}</th>
            <th className={HEAD}>{texts.status}</th>
            <th className={classNames(HEAD, "hidden text-right md:table-cell")}>{texts.waiting}</th>
            <th className={classNames(HEAD, "hidden text-right md:table-cell")}>
              {texts.finished}
            </th>
            <th className={classNames(HEAD, "hidden text-right md:table-cell")}>{texts.failed}</th>
            <th
              className={classNames(HEAD, "hidden text-right md:table-cell")}
              title={texts.openedAbout}
            >
              {texts.opened}
            </th>
            <th className={classNames(HEAD, "hidden text-right md:table-cell")}>{texts.clicked}</th>
            <th className={classNames(HEAD, "hidden lg:table-cell")}>{texts.sends14Days}</th>
            <th className={classNames(HEAD, "hidden lg:table-cell")}>{texts.changed}</th>
            <th className={classNames(HEAD, "w-8")}>
              <span className="sr-only">{texts.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {campaigns.map((it) => (
            <Row key={it.campaign_id} campaign={it} onAsk={setAsked} />
          ))}
        </tbody>
      </table>
      {asked ? <AskedDialog asked={asked} onClose={() => setAsked(null)} /> : null}
    </>
  );
}

function Row({ campaign, onAsk }: { campaign: Campaign; onAsk: (asked: Asked) => void }) {
  const look = lookOf(campaign.status);
  const leads = leadGroups(campaign.leads);
  return (
    // The name's link covers the row, so that a click anywhere opens it.
    <tr className="relative transition-colors hover:bg-sunken">
      <td className={classNames(CELL, "w-full max-w-0")}>
        <Link
          href={`/campaigns/${encodeURIComponent(campaign.campaign_id)}`}
          title={campaign.name}
          dir="auto"
          className="block truncate font-medium after:absolute after:inset-0"
        >
          {campaign.name}
        </Link>
      </td>
      <td className={CELL}>
        {campaign.pause_reason ? (
          <span title={texts.pausedBecause(campaign.pause_reason)}>
            <Status hue="failed">{texts.pausedAutomatically}</Status>
          </span>
        ) : (
          <span
            title={
              campaign.status === "scheduled" && campaign.launch_at
                ? texts.starts(instant(campaign.launch_at))
                : undefined
            }
          >
            <Status hue={look.hue}>{look.label}</Status>
          </span>
        )}
      </td>
      <Figure value={leads.waiting} />
      <Figure value={leads.done} />
      <Figure value={leads.failed} isBad />
      <Rate rate={campaign.opened} />
      <Rate rate={campaign.clicked} />
      <td className={classNames(CELL, "hidden lg:table-cell")}>
        <Bars values={campaign.sends_by_day} about={texts.sendsPerDay} />
      </td>
      <td
        className={classNames(
          CELL,
          "hidden min-w-32 whitespace-nowrap text-ink-soft lg:table-cell",
        )}
      >
        <Moment at={campaign.updated_at} />
      </td>
      <td className={CELL}>
        <CampaignMenu campaign={campaign} onAsk={onAsk} />
      </td>
    </tr>
  );
}

function Rate({ rate }: { rate: Campaign["opened"] }) {
  return (
    <td
      title={rate.of > 0 ? texts.rateOf(rate.count, rate.of) : undefined}
      className={classNames(
        CELL,
        "hidden text-right tabular-nums md:table-cell",
        rate.count === 0 && "text-ink-faint",
      )}
    >
      {percent(rate.count, rate.of)}
    </td>
  );
}

function Figure({ value, isBad = false }: { value: number; isBad?: boolean }) {
  return (
    <td
      className={classNames(
        CELL,
        "hidden min-w-20 text-right tabular-nums md:table-cell",
        value === 0 ? "text-ink-faint" : isBad && "text-failed",
      )}
    >
      {count(value)}
    </td>
  );
}
