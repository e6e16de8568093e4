"use client";

import { PageBody } from "@/shared/ui/page-body";
import { SectionTitle } from "@/shared/ui/section-title";
import { Empty, Failure, Skeleton } from "@/shared/ui/states";
import { useWorkbench } from "../context";
import { DownloadLink } from "./download-link";
import { EmailTable } from "./email-table";
import { OverTime } from "./over-time";
import { csvOf, useResults } from "./requests";
import { SplitTable } from "./split-table";
import { texts } from "./texts";

/** What happened to each e-mail of the campaign, which branch does better, and when. */
export function Results() {
  const { campaignId } = useWorkbench();
  const { data, error, refetch } = useResults(campaignId);
  if (!data) {
    return error ? (
      <Failure error={error} onRetry={() => void refetch()} />
    ) : (
      <div className="flex-1 p-8">
        <Skeleton lines={6} />
      </div>
    );
  }
  if (data.emails.length === 0) {
    return <Empty title={texts.noEmail}>{texts.noEmailAbout}</Empty>;
  }
  const splits = data.splits.filter((it) => it.branches.length > 0);
  return (
    <PageBody label={texts.results}>
      <SectionTitle actions={<DownloadLink href={csvOf(campaignId)} />}>
        {texts.emails}
      </SectionTitle>
      <p className="max-w-3xl px-4 pb-3 text-dense text-ink-soft sm:px-8">{texts.about}</p>
      <EmailTable emails={data.emails} />
      {splits.length > 0 ? (
        <>
          <SectionTitle>{texts.splits}</SectionTitle>
          <p className="max-w-3xl px-4 pb-3 text-dense text-ink-soft sm:px-8">{texts.splitAbout}</p>
          {splits.map((it) => (
            <SplitTable key={it.node_id} split={it} />
          ))}
        </>
      ) : null}
      <OverTime campaignId={campaignId} name={data.name} emails={data.emails} />
    </PageBody>
  );
}
