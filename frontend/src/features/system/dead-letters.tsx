"use client";

import { RotateCcw, Trash2 } from "lucide-react";
import Link from "next/link";
import { useMemo, useState } from "react";
import { classNames } from "@/shared/class-names";
import { Moment } from "@/shared/time/moment";
import { Button } from "@/shared/ui/button";
import { CELL, HEAD, TABLE } from "@/shared/ui/cells";
import { Confirm } from "@/shared/ui/confirm";
import { SectionTitle } from "@/shared/ui/section-title";
import { Failure, Skeleton } from "@/shared/ui/states";
import { DeadLetterDialog } from "./dead-letter-dialog";
import { kindOf, reasonOf } from "./labels";
import { type DeadLetter, useClear, useDeadLetters } from "./requests";
import { texts } from "./texts";

/** `total`: how many there are; null if this is not known. */
export function DeadLetters({ total }: { total: number | null }) {
  const listed = useDeadLetters(total);
  const deadLetters = useMemo(
    () => (total === 0 ? [] : (listed.data?.pages.flatMap((it) => it.dead_letters) ?? [])),
    [listed.data, total],
  );
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [opened, setOpened] = useState<string | null>(null);
  const [isDropping, setIsDropping] = useState(false);
  const clears = useClear();
  const ids = deadLetters.map((it) => it.dead_letter_id).filter((it) => chosen.has(it));
  const wanted = ids.length > 0 ? ids : null;
  const sum = listed.data?.pages.at(-1)?.total ?? total ?? deadLetters.length;
  const which = wanted ? String(wanted.length) : texts.allOf(sum);
  const unseen = listed.data?.pages.at(-1)?.unseen ?? 0;
  const choose = (list: Iterable<string>) => setChosen(new Set(list));

  return (
    <section aria-label={texts.deadLetters}>
      <SectionTitle
        actions={
          deadLetters.length > 0 ? (
            <>
              <Button
                isBusy={clears.isPending && clears.variables.verb === "requeue"}
                onClick={() => clears.mutate({ verb: "requeue", ids: wanted })}
              >
                <RotateCcw size={16} aria-hidden />
                {texts.requeue(which)}
              </Button>
              <Button onClick={() => setIsDropping(true)}>
                <Trash2 size={16} aria-hidden />
                {texts.drop(which)}
              </Button>
            </>
          ) : null
        }
      >
        {texts.deadLetters}
      </SectionTitle>
      {total === 0 || (listed.isSuccess && deadLetters.length === 0) ? (
        <p className="border-line border-t px-4 py-3 text-ink-soft sm:px-8">
          {texts.noDeadLetters}
        </p>
      ) : listed.isPending ? (
        <div className="px-4 sm:px-8">
          <Skeleton lines={3} />
        </div>
      ) : listed.isError ? (
        <Failure error={listed.error} onRetry={() => void listed.refetch()} />
      ) : (
        <DeadLetterTable
          deadLetters={deadLetters}
          chosen={chosen}
          onChoose={choose}
          onOpen={setOpened}
        />
      )}
      {unseen > 0 ? (
        <p className="px-4 py-2 text-caption text-ink-faint sm:px-8">{texts.unseen(unseen)}</p>
      ) : null}
      {listed.hasNextPage ? (
        <div className="flex justify-center py-4">
          <Button isBusy={listed.isFetchingNextPage} onClick={() => void listed.fetchNextPage()}>
            {texts.loadMore}
          </Button>
        </div>
      ) : null}
      {opened ? (
        <DeadLetterDialog
          id={opened}
          onClose={() => setOpened(null)}
          onRequeue={() => clears.mutate({ verb: "requeue", ids: [opened] })}
        />
      ) : null}
      <Confirm
        isOpen={isDropping}
        onClose={() => setIsDropping(false)}
        title={texts.dropTitle(wanted?.length ?? sum)}
        verb={texts.dropVerb(wanted?.length ?? sum)}
        isDangerous
        onConfirm={async () => clears.mutate({ verb: "drop", ids: wanted })}
      >
        {texts.dropAbout}
      </Confirm>
    </section>
  );
}

interface DeadLettersProps {
  deadLetters: DeadLetter[];
  chosen: ReadonlySet<string>;
  onChoose: (ids: Iterable<string>) => void;
  onOpen: (id: string) => void;
}

function DeadLetterTable({ deadLetters, chosen, onChoose, onOpen }: DeadLettersProps) {
  const ids = deadLetters.map((it) => it.dead_letter_id);
  const isAll = ids.every((it) => chosen.has(it));
  const toggle = (id: string) =>
    onChoose(chosen.has(id) ? [...chosen].filter((it) => it !== id) : [...chosen, id]);
  return (
    <table className={TABLE}>
      <thead>
        <tr>
          <th className={classNames(HEAD, "w-4")}>
            <input
              type="checkbox"
              aria-label={texts.chooseAll}
              checked={isAll}
              onChange={() => onChoose(isAll ? [] : ids)}
              className="block size-4 accent-accent"
            />
          </th>
          <th className={HEAD}>{texts.job}</th>
          <th className={classNames(HEAD, "hidden md:table-cell")}>{texts.about}</th>
          <th className={HEAD}>{texts.why}</th>
          <th className={classNames(HEAD, "hidden lg:table-cell")}>{texts.queue}</th>
          <th className={classNames(HEAD, "hidden text-right lg:table-cell")}>
            {texts.deliveries}
          </th>
          <th className={classNames(HEAD, "hidden sm:table-cell")}>{texts.died}</th>
        </tr>
      </thead>
      <tbody>
        {deadLetters.map((it) => (
          <tr key={it.dead_letter_id} className="relative transition-colors hover:bg-sunken">
            <td className={CELL}>
              <input
                type="checkbox"
                aria-label={texts.choose(kindOf(it.kind), it.dead_letter_id)}
                checked={chosen.has(it.dead_letter_id)}
                onChange={() => toggle(it.dead_letter_id)}
                className="relative z-1 block size-4 accent-accent"
              />
            </td>
            <td className={classNames(CELL, "whitespace-nowrap font-medium")}>
              <button
                type="button"
                onClick={() => onOpen(it.dead_letter_id)}
                className="after:absolute after:inset-0"
              >
                {kindOf(it.kind)}
                {it.copies > 1 ? (
                  <span className="ml-2 font-normal text-ink-faint">{`× ${it.copies}`}</span>
                ) : null}
              </button>
            </td>
            <td className={classNames(CELL, "hidden w-full max-w-0 truncate md:table-cell")}>
              <About deadLetter={it} />
            </td>
            <td className={classNames(CELL, "sm:whitespace-nowrap")}>{reasonOf(it.reason)}</td>
            <td className={classNames(CELL, "hidden max-w-40 truncate lg:table-cell")}>
              <span className="font-mono text-caption" title={it.source ?? undefined}>
                {it.source ?? "–"}
              </span>
            </td>
            <td className={classNames(CELL, "hidden text-right tabular-nums lg:table-cell")}>
              {it.deliveries ?? "–"}
            </td>
            <td className={classNames(CELL, "hidden whitespace-nowrap sm:table-cell")}>
              <Moment at={it.at} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The lead or campaign that a dead letter names, with a link. */
export function About({ deadLetter }: { deadLetter: DeadLetter }) {
  const { campaign_id, lead_id, job_id } = deadLetter;
  const subject = lead_id ?? job_id ?? campaign_id;
  if (!campaign_id || !subject) {
    return <span className="font-mono text-caption text-ink-faint">{subject ?? "–"}</span>;
  }
  const campaign = `/campaigns/${encodeURIComponent(campaign_id)}`;
  return (
    <Link
      href={lead_id ? `${campaign}/leads/${encodeURIComponent(lead_id)}` : campaign}
      className="relative z-1 font-mono text-accent text-caption underline"
    >
      {subject}
    </Link>
  );
}
