"use client";

import { Plus } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useMemo } from "react";
import { useOffer } from "@/shared/shell/page-actions";
import { PageHeader } from "@/shared/shell/page-header";
import { Button } from "@/shared/ui/button";
import { PageBody } from "@/shared/ui/page-body";
import { Failure, Skeleton } from "@/shared/ui/states";
import { Active } from "./active";
import { attentions, firstSteps } from "./attention";
import { ToLookAt } from "./attention-list";
import { Decisions } from "./decisions";
import { Figures } from "./figures";
import { FirstMinute } from "./first-minute";
import { useChecks, useOverview } from "./requests";
import { texts } from "./texts";

/** What runs, what is late or failing and why, what is sent today, and what comes next. */
export function Home() {
  const { data, error, isPending, refetch } = useOverview();
  const checks = useChecks();
  const router = useRouter();
  const offers = useMemo(
    () => [{ name: texts.newCampaign, act: () => router.push("/campaigns?open=new") }],
    [router],
  );
  useOffer(offers);
  const steps = data ? firstSteps(data.campaigns) : null;
  return (
    <>
      <PageHeader
        title={texts.home}
        actions={
          <Button kind="primary" onClick={() => router.push("/campaigns?open=new")}>
            <Plus size={16} aria-hidden />
            <span>
              {texts.newShort}
              <span className="hidden sm:inline"> {texts.campaignSuffix}</span>
            </span>
          </Button>
        }
      />
      <PageBody label={texts.home}>
        {data && steps ? (
          <>
            {steps.hasLaunched ? <Figures overview={data} /> : <FirstMinute {...steps} />}
            <Decisions troubled={data.troubled} />
            <ToLookAt items={attentions(data, checks.data)} isQuiet={!steps.hasLaunched} />
            {steps.hasLaunched ? <Active /> : null}
            {data.is_whole ? null : (
              <p className="px-4 pt-6 text-caption text-ink-faint sm:px-8">
                {texts.moreCampaigns}{" "}
                <Link href="/campaigns" className="underline">
                  {texts.list}
                </Link>{" "}
                {texts.hasAll}
              </p>
            )}
          </>
        ) : isPending ? (
          <div className="px-4 pt-4 sm:px-8">
            <Skeleton lines={8} />
          </div>
        ) : error ? (
          <Failure error={error} onRetry={() => void refetch()} />
        ) : null}
      </PageBody>
    </>
  );
}
