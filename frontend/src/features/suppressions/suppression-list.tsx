"use client";

import Link from "next/link";
import { useMemo } from "react";
import { classNames } from "@/shared/class-names";
import { Moment } from "@/shared/time/moment";
import { Button } from "@/shared/ui/button";
import { CELL, HEAD, TABLE } from "@/shared/ui/cells";
import { Empty, Failure, Skeleton } from "@/shared/ui/states";
import { Status } from "@/shared/ui/status";
import { More } from "./more";
import { lookOf } from "./reasons";
import { type Suppression, useSuppressions } from "./requests";
import { texts } from "./texts";

interface SuppressionListProps {
  search: string;
  onShowAll: () => void;
  onAllow: (suppression: Suppression) => void;
  onImport: () => void;
}

/** By address. */
export function SuppressionList({ search, onShowAll, onAllow, onImport }: SuppressionListProps) {
  const listed = useSuppressions(search);
  const loaded = useMemo(
    () => listed.data?.pages.flatMap((it) => it.suppressions) ?? [],
    [listed.data],
  );
  if (listed.isPending) {
    return (
      <div className="px-4 sm:px-8">
        <Skeleton lines={8} />
      </div>
    );
  }
  if (listed.isError && loaded.length === 0) {
    return <Failure error={listed.error} onRetry={() => void listed.refetch()} />;
  }
  if (loaded.length === 0) {
    return search ? (
      <Empty title={texts.noMatch} action={<Button onClick={onShowAll}>{texts.showAll}</Button>}>
        {texts.noneStarting(search)}
      </Empty>
    ) : (
      <Empty title={texts.noneYet} action={<Button onClick={onImport}>{texts.importList}</Button>}>
        {texts.noneYetAbout}
      </Empty>
    );
  }
  return (
    <>
      <table className={TABLE}>
        <thead>
          <tr>
            <th className={HEAD}>{texts.address}</th>
            <th className={classNames(HEAD, "hidden sm:table-cell")}>{texts.reason}</th>
            <th className={classNames(HEAD, "hidden lg:table-cell")}>{texts.source}</th>
            <th className={classNames(HEAD, "hidden md:table-cell")}>{texts.since}</th>
            <th className={classNames(HEAD, "w-8")}>
              <span className="sr-only">{texts.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {loaded.map((it) => (
            <Row key={it.email} suppression={it} onAllow={onAllow} />
          ))}
        </tbody>
      </table>
      <More listed={listed} />
    </>
  );
}

function Row({
  suppression,
  onAllow,
}: {
  suppression: Suppression;
  onAllow: (suppression: Suppression) => void;
}) {
  const { email, reason, at } = suppression;
  const look = lookOf(reason);
  return (
    <tr className="transition-colors hover:bg-sunken">
      <td className={classNames(CELL, "w-full max-w-0 lg:w-2/5")}>
        <span className="block truncate font-medium" title={email}>
          {email}
        </span>
        <span className="block truncate text-caption text-ink-soft sm:hidden">{look.label}</span>
      </td>
      <td className={classNames(CELL, "hidden sm:table-cell")}>
        <Status hue={look.hue}>{look.label}</Status>
      </td>
      <td className={classNames(CELL, "hidden w-3/5 max-w-0 lg:table-cell")}>
        <Source suppression={suppression} />
      </td>
      <td className={classNames(CELL, "hidden whitespace-nowrap text-ink-soft md:table-cell")}>
        <Moment at={at} />
      </td>
      <td className={CELL}>
        <Button kind="quiet" onClick={() => onAllow(suppression)} aria-label={texts.allowIt(email)}>
          {texts.allow}
        </Button>
      </td>
    </tr>
  );
}

/** The words it came with, and the campaign that caused it. */
function Source({ suppression: { source, campaign_id } }: { suppression: Suppression }) {
  return (
    <span className="flex min-w-0 items-baseline gap-2">
      {source ? (
        <bdi className="truncate" title={source}>
          {source}
        </bdi>
      ) : campaign_id ? null : (
        <span className="text-ink-faint">–</span>
      )}
      {campaign_id ? (
        <Link
          href={`/campaigns/${encodeURIComponent(campaign_id)}`}
          className="shrink-0 text-accent text-caption underline"
        >
          {texts.campaign}
        </Link>
      ) : null}
    </span>
  );
}
