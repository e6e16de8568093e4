"use client";

import { useSearchParams } from "next/navigation";
import { Suspense, useCallback, useState } from "react";
import { CampaignTrail } from "@/entities/campaign/campaign-trail";
import { NoCampaign } from "@/entities/campaign/no-campaign";
import { isClosed } from "@/entities/campaign/status";
import { useCampaign } from "@/entities/campaign/use-campaign";
import type { Schemas } from "@/shared/api/client";
import { isGone, problemText } from "@/shared/api/problem";
import { PageHeader } from "@/shared/shell/page-header";
import { Notice } from "@/shared/ui/notice";
import { Empty, Failure } from "@/shared/ui/states";
import { useSegment } from "@/shared/use-segment";
import { Check } from "./check";
import { Choose, type Source } from "./choose";
import { ImportJob } from "./job-view";
import { texts } from "./texts";

export function ImportPage() {
  return (
    <Suspense>
      <Import />
    </Suspense>
  );
}

/** The job is in the URL, so that returning to it shows the progress. */
function showJob(jobId: string | null): void {
  const { pathname } = window.location;
  window.history.pushState(
    null,
    "",
    jobId ? `${pathname}?job=${encodeURIComponent(jobId)}` : pathname,
  );
}

function Import() {
  const campaignId = useSegment(1);
  const jobId = useSearchParams().get("job");
  const campaign = useCampaign(campaignId);
  const [source, setSource] = useState<Source | null>(null);
  const onJob = useCallback((job: Schemas["JobView"]) => {
    setSource(null);
    showJob(job.job_id);
  }, []);
  const { refetch } = campaign;
  const lookAgain = useCallback(() => void refetch(), [refetch]);
  const again = () => {
    setSource(null);
    showJob(null);
  };
  return (
    <>
      <PageHeader
        trail={<CampaignTrail campaignId={campaignId} isOfContacts />}
        title={texts.importContacts}
      />
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="max-w-4xl px-8 py-6">{body()}</div>
      </div>
    </>
  );

  function body() {
    if (isGone(campaign.error)) {
      return <NoCampaign message={problemText(campaign.error)} />;
    }
    if (campaign.error && !campaign.data) {
      return <Failure error={campaign.error} onRetry={() => void campaign.refetch()} />;
    }
    if (jobId) {
      return (
        <ImportJob
          campaignId={campaignId}
          jobId={jobId}
          status={campaign.data?.status ?? ""}
          onAgain={again}
        />
      );
    }
    if (campaign.data && isClosed(campaign.data.status)) {
      return <Empty title={texts.campaignWas(campaign.data.status)}>{texts.noMoreContacts}</Empty>;
    }
    if (source) {
      return (
        <Check
          campaignId={campaignId}
          source={source}
          onJob={onJob}
          onBack={() => setSource(null)}
          onGone={lookAgain}
        />
      );
    }
    const about = texts.whatHappens[campaign.data?.status ?? ""];
    return (
      <div className="flex flex-col gap-6">
        {about ? <Notice>{about}</Notice> : null}
        <Choose onChoose={setSource} />
      </div>
    );
  }
}
