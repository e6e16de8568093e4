"use client";

import { useMemo } from "react";
import { classNames } from "@/shared/class-names";
import { Moment } from "@/shared/time/moment";
import { CELL, HEAD, TABLE } from "@/shared/ui/cells";
import { Empty, Failure, Skeleton } from "@/shared/ui/states";
import { Status } from "@/shared/ui/status";
import { More } from "./more";
import { lookOf } from "./reasons";
import { useRemovals } from "./requests";
import { texts } from "./texts";

/** Addresses that were allowed again, latest first, each with what the person wrote. */
export function RemovalList() {
  const listed = useRemovals();
  const loaded = useMemo(
    () => listed.data?.pages.flatMap((it) => it.removals) ?? [],
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
    return <Empty title={texts.noRemovals}>{texts.noRemovalsAbout}</Empty>;
  }
  return (
    <>
      <table className={TABLE}>
        <thead>
          <tr>
            <th className={HEAD}>{texts.address}</th>
            <th className={HEAD}>{texts.why}</th>
            <th className={classNames(HEAD, "hidden md:table-cell")}>{texts.was}</th>
            <th className={classNames(HEAD, "hidden sm:table-cell")}>{texts.when}</th>
          </tr>
        </thead>
        <tbody>
          {loaded.map((it) => (
            <tr key={`${it.email} ${it.at}`} className="transition-colors hover:bg-sunken">
              <td className={classNames(CELL, "w-1/2 max-w-0 lg:w-2/5")}>
                <span className="block truncate font-medium" title={it.email}>
                  {it.email}
                </span>
              </td>
              <td className={classNames(CELL, "w-1/2 max-w-0 lg:w-3/5")}>
                <bdi className="block truncate" title={it.reason}>
                  {it.reason}
                </bdi>
              </td>
              <td className={classNames(CELL, "hidden md:table-cell")}>
                <Status hue={lookOf(it.was).hue}>{lookOf(it.was).label}</Status>
              </td>
              <td
                className={classNames(CELL, "hidden whitespace-nowrap text-ink-soft sm:table-cell")}
              >
                <Moment at={it.at} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <More listed={listed} />
    </>
  );
}
