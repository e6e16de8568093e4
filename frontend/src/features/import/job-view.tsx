"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { ReactNode } from "react";
import { api, ask, type Schemas } from "@/shared/api/client";
import { isGone, isUnreached, problemText } from "@/shared/api/problem";
import { count, percent } from "@/shared/numbers";
import { Button } from "@/shared/ui/button";
import { Notice } from "@/shared/ui/notice";
import { ProgressBar } from "@/shared/ui/progress-bar";
import { Empty, Failure, Skeleton } from "@/shared/ui/states";
import { Status } from "@/shared/ui/status";
import { share } from "./facts";
import { type ImportReport, leftOut, reportOf, rowsOf } from "./report";
import { texts } from "./texts";

const POLL_MS = 1_000;

interface JobViewProps {
  campaignId: string;
  jobId: string;
  /** The campaign's status; "" until it is known. */
  status: string;
  onAgain: () => void;
}

/** An import that the server is running or has finished; it continues when the page is closed. */
export function ImportJob({ campaignId, jobId, status, onAgain }: JobViewProps) {
  const job = useQuery({
    queryKey: ["job", campaignId, jobId],
    queryFn: ({ signal }): Promise<Schemas["JobView"]> =>
      ask(
        api.GET("/api/v1/campaigns/{campaign_id}/jobs/{job_id}", {
          params: { path: { campaign_id: campaignId, job_id: jobId } },
          signal,
        }),
      ),
    refetchInterval: (query) => (query.state.data?.state === "waiting" ? POLL_MS : false),
  });
  const again = <Button onClick={onAgain}>{texts.importMore}</Button>;
  if (!job.data) {
    if (isGone(job.error)) {
      return (
        <Empty title={texts.noSuchImport} action={again}>
          {problemText(job.error)}
        </Empty>
      );
    }
    return job.error ? (
      <Failure error={job.error} onRetry={() => void job.refetch()} />
    ) : (
      <Skeleton lines={4} />
    );
  }
  const report = reportOf(job.data.report);
  const rows = rowsOf(report);
  if (job.data.state === "failed") {
    return (
      <Notice hue="failed" action={again}>
        <p className="font-medium">{texts.stoppedAfter(rows)}</p>
        <p>{report.error ?? texts.noReason}</p>
      </Notice>
    );
  }
  if (job.data.state !== "done") {
    const part = share(job.data.done, job.data.total);
    return (
      <section aria-label={texts.importing} className="flex flex-col gap-3">
        <p className="flex items-baseline justify-between gap-4">
          <span className="font-medium">{texts.rowsSoFar(rows)}</span>
          <span className="text-ink-faint tabular-nums">{percent(part, 1)}</span>
        </p>
        <ProgressBar share={part} label={texts.importedSoFar} />
        <p className="text-dense text-ink-soft">{texts.canLeave}</p>
        {job.error && !isUnreached(job.error) ? (
          <Notice hue="failed">{problemText(job.error)}</Notice>
        ) : null}
      </section>
    );
  }
  return (
    <Result campaignId={campaignId} jobId={jobId} report={report} status={status} again={again} />
  );
}

interface ResultProps {
  campaignId: string;
  jobId: string;
  report: ImportReport;
  status: string;
  again: ReactNode;
}

function Result({ campaignId, jobId, report, status, again }: ResultProps) {
  const path = `/campaigns/${encodeURIComponent(campaignId)}`;
  const left = leftOut(report);
  const enters =
    status === "draft" || status === "scheduled" ? texts.enterAtLaunch : texts.enterNow;
  const updated = report.isUpdate ? report.changed : 0;
  const isKnown = report.same + report.changed > 0;
  const nothing = isKnown ? texts.nothingNew : texts.noneImported;
  return (
    <section aria-label={texts.result} className="flex flex-col gap-6">
      <div>
        <h2 className="font-semibold text-title">
          {texts.contactsImported(report.accepted, updated)}
        </h2>
        {report.accepted > 0 ? (
          <p className="mt-1 text-ink-soft">{enters}</p>
        ) : updated === 0 ? (
          <p className="mt-1 text-ink-soft">{nothing}</p>
        ) : null}
      </div>
      <ul className="flex flex-wrap gap-x-8 gap-y-2">
        <li>
          <Status hue="sent">{texts.imported(report.accepted)}</Status>
        </li>
        <li>
          <Status hue={report.changed === 0 ? "neutral" : report.isUpdate ? "sent" : "waiting"}>
            {report.isUpdate ? texts.updated(report.changed) : texts.kept(report.changed)}
          </Status>
        </li>
        <li>
          <Status hue="neutral">{texts.same(report.same)}</Status>
        </li>
        <li>
          <Status hue={report.duplicate > 0 ? "waiting" : "neutral"}>
            {texts.duplicates(report.duplicate)}
          </Status>
        </li>
        <li>
          <Status hue={report.rejected > 0 ? "failed" : "neutral"}>
            {texts.rejected(report.rejected)}
          </Status>
        </li>
      </ul>
      {left > 0 ? (
        <div className="flex flex-col gap-3">
          <div className="flex items-center justify-between gap-4">
            <h3 className="font-semibold">{texts.rowsLeftOut}</h3>
            <a
              href={`/api/v1/jobs/${encodeURIComponent(jobId)}/rejected.csv`}
              download
              className="font-medium text-accent underline"
            >
              {texts.download(left)}
            </a>
          </div>
          <Problems report={report} left={left} />
        </div>
      ) : null}
      <div className="flex gap-2">
        <Link
          href={status === "draft" ? path : `${path}/leads`}
          className="inline-flex h-8 items-center rounded-control bg-accent px-3 font-medium text-on-accent hover:bg-accent-strong"
        >
          {status === "draft" ? texts.goToFlow : texts.seeContacts}
        </Link>
        {again}
      </div>
    </section>
  );
}

function Problems({ report, left }: { report: ImportReport; left: number }) {
  const hidden = left - report.problems.length;
  return (
    <>
      <table className="w-full text-dense">
        <thead>
          <tr className="border-line border-b text-caption text-ink-faint">
            <th scope="col" className="w-12 py-1.5 text-right font-medium">
              {texts.line}
            </th>
            <th scope="col" className="py-1.5 pl-6 text-left font-medium">
              {texts.why}
            </th>
          </tr>
        </thead>
        <tbody>
          {report.problems.map((problem) => (
            <tr key={problem.line} className="border-line/60 border-b">
              <td className="py-1.5 text-right text-ink-faint tabular-nums">
                {count(problem.line)}
              </td>
              <td className="break-words py-1.5 pl-6" dir="auto">
                {problem.message}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {hidden > 0 ? (
        <p className="text-dense text-ink-faint">{texts.moreInDownload(hidden)}</p>
      ) : null}
    </>
  );
}
