"use client";

import Link from "next/link";
import { useState } from "react";
import { toast } from "sonner";
import { type Restoration, useRestoration } from "@/entities/restoration/requests";
import { problemText } from "@/shared/api/problem";
import { classNames } from "@/shared/class-names";
import { PageHeader } from "@/shared/shell/page-header";
import { exact } from "@/shared/time/format";
import { Moment } from "@/shared/time/moment";
import { Button } from "@/shared/ui/button";
import { CELL, HEAD, TABLE } from "@/shared/ui/cells";
import { Confirm } from "@/shared/ui/confirm";
import { CONTROL_LINE } from "@/shared/ui/field";
import { PageBody } from "@/shared/ui/page-body";
import { Empty, Failure, Skeleton } from "@/shared/ui/states";
import { type Choice, type HeldLead, useChoose, useHeldLeads, useRelease } from "./requests";
import { texts } from "./texts";

/** The leads in doubt, and the decision that lets the campaigns run again. */
export function Restored() {
  const { data, error, isPending, refetch } = useRestoration();
  const [asked, setAsked] = useState<Choice | null>(null);
  const releases = useRelease();
  const isSkip = asked === "skip";
  return (
    <>
      <PageHeader
        title={texts.title}
        actions={
          data?.state === "held" ? (
            <>
              <Button onClick={() => setAsked("send")}>{texts.sendAll}</Button>
              <Button kind="primary" onClick={() => setAsked("skip")}>
                {texts.skipAll}
              </Button>
            </>
          ) : null
        }
      />
      <PageBody label={texts.title}>
        {isPending ? (
          <div className="px-4 sm:px-8">
            <Skeleton lines={6} />
          </div>
        ) : !data ? (
          <Failure error={error} onRetry={() => void refetch()} />
        ) : (
          <Body restoration={data} />
        )}
      </PageBody>
      <Confirm
        isOpen={asked !== null}
        onClose={() => setAsked(null)}
        title={isSkip ? texts.skipTitle : texts.sendTitle}
        verb={isSkip ? texts.skip : texts.send}
        stay={texts.notYet}
        isDangerous={!isSkip}
        onConfirm={async () => asked && (await releases.mutateAsync(asked))}
      >
        {isSkip ? texts.skipAbout : texts.sendAbout}
      </Confirm>
    </>
  );
}

function Body({ restoration }: { restoration: Restoration }) {
  switch (restoration.state) {
    case "restoring":
      return <Empty title={texts.restoring}>{texts.restoringAbout}</Empty>;
    case "releasing":
      return <Empty title={texts.releasing}>{texts.releasingAbout}</Empty>;
    case "held":
      return <Held backupAt={restoration.backup_at ?? ""} />;
    case "over":
      return <Empty title={texts.notHeld}>{texts.over(restoration.leads_skipped)}</Empty>;
    default:
      return <Empty title={texts.notHeld}>{texts.notHeldAbout}</Empty>;
  }
}

function Held({ backupAt }: { backupAt: string }) {
  const listed = useHeldLeads(true);
  const leads = listed.data?.pages.flatMap((it) => it.leads) ?? [];
  return (
    <>
      <div className="max-w-prose px-4 py-4 sm:px-8">
        <h2 className="font-semibold">{texts.held}</h2>
        <p className="text-ink-soft">
          {texts.since} {exact(backupAt)} (<Moment at={backupAt} />
          ). {texts.about}
        </p>
      </div>
      {listed.isPending ? (
        <div className="px-4 sm:px-8">
          <Skeleton lines={6} />
        </div>
      ) : listed.isError && leads.length === 0 ? (
        <Failure error={listed.error} onRetry={() => void listed.refetch()} />
      ) : (
        <>
          {leads.length > 0 ? (
            <LeadTable leads={leads} />
          ) : listed.hasNextPage ? null : (
            <p className="border-line border-t px-4 py-4 text-ink-soft sm:px-8">{texts.none}</p>
          )}
          {listed.hasNextPage ? (
            <div className="px-4 py-4 sm:px-8">
              <Button
                isBusy={listed.isFetchingNextPage}
                onClick={() => void listed.fetchNextPage()}
              >
                {texts.more}
              </Button>
            </div>
          ) : null}
        </>
      )}
    </>
  );
}

function LeadTable({ leads }: { leads: HeldLead[] }) {
  return (
    <table className={classNames(TABLE, "border-line border-t")}>
      <thead>
        <tr>
          <th className={HEAD}>{texts.contact}</th>
          <th className={classNames(HEAD, "hidden lg:table-cell")}>{texts.campaign}</th>
          <th className={classNames(HEAD, "hidden sm:table-cell")}>{texts.emails}</th>
          <th className={classNames(HEAD, "w-36")}>{texts.choice}</th>
        </tr>
      </thead>
      <tbody>
        {leads.map((it) => (
          <Row key={it.lead_id} lead={it} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ lead }: { lead: HeldLead }) {
  const chooses = useChoose();
  const subjects = lead.emails.map((it) => it.subject).join(", ");
  const choose = async (choice: string) => {
    try {
      await chooses.mutateAsync({
        lead_id: lead.lead_id,
        choice: choice === "" ? null : (choice as Choice),
      });
    } catch (problem) {
      toast.error(problemText(problem));
    }
  };
  return (
    <tr className="transition-colors hover:bg-sunken">
      <td className={classNames(CELL, "w-1/2 max-w-0 sm:w-1/3")}>
        <Link
          href={`/campaigns/${lead.campaign_id}/leads/${lead.lead_id}`}
          className="block truncate font-medium hover:underline"
        >
          <bdi>{lead.email}</bdi>
        </Link>
        <bdi className="block truncate text-caption text-ink-soft sm:hidden" title={subjects}>
          {subjects}
        </bdi>
      </td>
      <td className={classNames(CELL, "hidden max-w-0 lg:table-cell lg:w-1/5")}>
        <bdi className="block truncate text-ink-soft">{lead.campaign_name}</bdi>
      </td>
      <td className={classNames(CELL, "hidden max-w-0 sm:table-cell")}>
        <bdi className="block truncate" title={subjects}>
          {subjects}
        </bdi>
      </td>
      <td className={CELL}>
        <select
          className={CONTROL_LINE}
          aria-label={texts.choiceOf(lead.email)}
          value={(chooses.isPending ? chooses.variables.choice : lead.choice) ?? ""}
          onChange={(it) => void choose(it.target.value)}
        >
          <option value="">{texts.asAll}</option>
          <option value="skip">{texts.skipIt}</option>
          <option value="send">{texts.sendIt}</option>
        </select>
      </td>
    </tr>
  );
}
