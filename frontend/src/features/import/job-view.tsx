"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { ReactNode } from "react";
import { api, ask, type Schemas } from "@/shared/api/client";
import { isGone, isUnreached, problemText } from "@/shared/api/problem";
import { count, countOf, percent } from "@/shared/numbers";
import { Button } from "@/shared/ui/button";
import { Notice } from "@/shared/ui/notice";
import { Empty, Failure, Skeleton } from "@/shared/ui/states";
import { Status } from "@/shared/ui/status";
import { share } from "./facts";
import { ProgressBar } from "./progress-bar";
import { type ImportReport, reportOf } from "./report";

const POLL_MS = 1_000;

interface JobViewProps {
  campaignId: string;
  jobId: string;
  /** Of the campaign; "" until it is known. */
  status: string;
  onAgain: () => void;
}

/** An import that the server is at, or has done: it goes on whether anybody looks or not. */
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
  const again = <Button onClick={onAgain}>Import more contacts</Button>;
  if (!job.data) {
    if (isGone(job.error)) {
      return (
        <Empty title="There is no such import" action={again}>
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
  const rows = report.accepted + report.duplicate + report.rejected;
  if (job.data.state === "failed") {
    return (
      <Notice hue="failed" action={again}>
        <p className="font-medium">The import stopped after {countOf(rows, "row")}.</p>
        <p>{report.error ?? "The server does not say why; its log may tell more."}</p>
      </Notice>
    );
  }
  if (job.data.state !== "done") {
    const part = share(job.data.done, job.data.total);
    return (
      <section aria-label="Importing" className="flex flex-col gap-3">
        <p className="flex items-baseline justify-between gap-4">
          <span className="font-medium">Importing: {countOf(rows, "row")} so far</span>
          <span className="text-ink-faint tabular-nums">{percent(part, 1)}</span>
        </p>
        <ProgressBar share={part} label="Imported so far" />
        <p className="text-dense text-ink-soft">
          The file is on the server: you can leave this page, and come back to it by its address.
        </p>
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
  const left = report.duplicate + report.rejected;
  const enters =
    status === "draft"
      ? "They enter when the campaign is launched."
      : "They enter the campaign now.";
  return (
    <section aria-label="Result" className="flex flex-col gap-6">
      <div>
        <h2 className="font-semibold text-title">{countOf(report.accepted, "contact")} imported</h2>
        <p className="mt-1 text-ink-soft">
          {report.accepted > 0 ? enters : "No row of the file became a contact."}
        </p>
      </div>
      <ul className="flex flex-wrap gap-x-8 gap-y-2">
        <li>
          <Status hue="sent">{`${count(report.accepted)} imported`}</Status>
        </li>
        <li>
          <Status hue={report.duplicate > 0 ? "waiting" : "neutral"}>
            {countOf(report.duplicate, "duplicate")}
          </Status>
        </li>
        <li>
          <Status hue={report.rejected > 0 ? "failed" : "neutral"}>
            {`${count(report.rejected)} rejected`}
          </Status>
        </li>
      </ul>
      {left > 0 ? (
        <div className="flex flex-col gap-3">
          <div className="flex items-center justify-between gap-4">
            <h3 className="font-semibold">Rows that were left out</h3>
            <a
              href={`/api/v1/jobs/${encodeURIComponent(jobId)}/rejected.csv`}
              download
              className="font-medium text-accent underline"
            >
              Download {left === 1 ? "this row" : `these ${count(left)} rows`}
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
          {status === "draft" ? "Go to the flow" : "See the contacts"}
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
              Line
            </th>
            <th scope="col" className="py-1.5 pl-6 text-left font-medium">
              Why
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
                {problem.words}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {hidden > 0 ? (
        <p className="text-dense text-ink-faint">
          And {countOf(hidden, "more row", "more rows")}: the download has them all.
        </p>
      ) : null}
    </>
  );
}
