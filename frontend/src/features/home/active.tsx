"use client";

import Link from "next/link";
import { leadGroups, lookOf } from "@/entities/campaign/status";
import { problemText } from "@/shared/api/problem";
import { classNames } from "@/shared/class-names";
import { count } from "@/shared/numbers";
import { Bars } from "@/shared/ui/bars";
import { CELL, HEAD, TABLE } from "@/shared/ui/cells";
import { SectionTitle } from "@/shared/ui/section-title";
import { Skeleton } from "@/shared/ui/states";
import { Status } from "@/shared/ui/status";
import { useActive } from "./requests";
import { texts } from "./texts";

const FIGURE = "hidden min-w-20 text-right tabular-nums md:table-cell";

/** Running campaigns, with the progress of their leads. */
export function Active() {
  const { data, error, isPending } = useActive();
  return (
    <section aria-label={texts.underWay}>
      <SectionTitle
        actions={
          <Link href="/campaigns" className="font-medium text-accent">
            {texts.allCampaigns}
          </Link>
        }
      >
        {texts.underWay}
      </SectionTitle>
      {isPending ? (
        <div className="px-4 sm:px-8">
          <Skeleton lines={3} />
        </div>
      ) : !data ? (
        <p className="border-line border-y px-4 py-3 text-ink-soft sm:px-8">
          {error ? problemText(error) : null}
        </p>
      ) : data.length === 0 ? (
        <p className="border-line border-y px-4 py-3 text-ink-soft sm:px-8">{texts.noneRuns}</p>
      ) : (
        <table className={TABLE}>
          <thead>
            <tr>
              <th className={HEAD}>{texts.name}</th>
              <th className={HEAD}>{texts.status}</th>
              <th className={classNames(HEAD, "hidden text-right md:table-cell")}>
                {texts.waiting}
              </th>
              <th className={classNames(HEAD, "hidden text-right md:table-cell")}>
                {texts.finished}
              </th>
              <th className={classNames(HEAD, "hidden text-right md:table-cell")}>
                {texts.failed}
              </th>
              <th className={classNames(HEAD, "hidden sm:table-cell")}>{texts.sends14Days}</th>
            </tr>
          </thead>
          <tbody>
            {data.map((it) => {
              const look = lookOf(it.status);
              const leads = leadGroups(it.leads);
              return (
                <tr key={it.campaign_id} className="relative transition-colors hover:bg-sunken">
                  <td className={classNames(CELL, "w-full max-w-0")}>
                    <Link
                      href={`/campaigns/${encodeURIComponent(it.campaign_id)}`}
                      dir="auto"
                      title={it.name}
                      className="block truncate font-medium after:absolute after:inset-0"
                    >
                      {it.name}
                    </Link>
                  </td>
                  <td className={CELL}>
                    <Status hue={look.hue}>{look.label}</Status>
                  </td>
                  <td className={classNames(CELL, FIGURE)}>{count(leads.waiting)}</td>
                  <td className={classNames(CELL, FIGURE)}>{count(leads.done)}</td>
                  <td className={classNames(CELL, FIGURE, leads.failed > 0 && "text-failed")}>
                    {count(leads.failed)}
                  </td>
                  <td className={classNames(CELL, "hidden sm:table-cell")}>
                    <Bars values={it.sends_by_day} about={texts.sendsPerDay} />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </section>
  );
}
