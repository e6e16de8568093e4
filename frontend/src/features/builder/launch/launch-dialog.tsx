"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";
import { api, ask } from "@/shared/api/client";
import { problemText } from "@/shared/api/problem";
import { isolated } from "@/shared/bidi";
import { count } from "@/shared/numbers";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { Failure, Skeleton } from "@/shared/ui/states";
import { findingsOf, useCampaignApi } from "../campaign-api";
import { useCanvas, useSaver, useWorkbench } from "../context";
import { texts } from "../texts";
import { Findings, useGoingThere, useProblems } from "./findings-list";
import { FirstMails } from "./first-mails";
import { firstSends } from "./first-sends";
import { texts as timingTexts } from "./texts";
import { AT_ONCE, faultsOf, timingOf } from "./timing";
import { TimingForm } from "./timing-form";

/** Shows what a launch will do before it happens. */
export function LaunchDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return isOpen ? <Opened onClose={onClose} /> : null;
}

/** How many contacts there are, and whether an import is still running. */
async function audienceOf(campaignId: string) {
  const path = { campaign_id: campaignId };
  // The imports first: one that ends in between has its contacts in the total.
  const { jobs } = await ask(api.GET("/api/v1/campaigns/{campaign_id}/jobs", { params: { path } }));
  const { total, contacts } = await ask(
    api.GET("/api/v1/campaigns/{campaign_id}/contacts", { params: { path, query: { limit: 1 } } }),
  );
  return {
    contacts: total,
    first: contacts[0] ?? null,
    isGrowing: jobs.some((it) => it.kind === "import" && it.state === "waiting"),
  };
}

function Opened({ onClose }: { onClose: () => void }) {
  const { campaignId, saver, live } = useWorkbench();
  const canvas = useCanvas();
  const name = useSaver((it) => it.kept.campaign.name);
  const { errors } = useProblems();
  const campaignApi = useCampaignApi();
  const { choose, onCloseAutoFocus } = useGoingThere();
  const goThere = (id: string) => {
    choose(id);
    onClose();
  };
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const found = useQuery({
    queryKey: ["campaigns", campaignId, "audience"],
    queryFn: () => audienceOf(campaignId),
    refetchInterval: 2_000,
  });
  const audience = found.data ?? null;
  const contacts = audience?.contacts ?? 0;
  const checked = useQuery({
    queryKey: ["campaigns", campaignId, "before-launch", contacts],
    queryFn: async () => {
      await saver.flush();
      return findingsOf(campaignId, true);
    },
    enabled: contacts > 0,
    gcTime: 0,
  });
  const warnings = (checked.data ?? []).filter((it) => it.severity === "warning");
  const codes = [...new Set(warnings.map((it) => it.code))].sort();
  const [accepted, setAccepted] = useState("");
  const isAccepted = codes.length === 0 || accepted === codes.join();
  const sends = firstSends(canvas);
  const [timing, setTiming] = useState(AT_ONCE);
  const isTimed = Object.keys(faultsOf(timing, Date.now())).length === 0;
  const canLaunch =
    checked.isSuccess && isAccepted && contacts > 0 && errors.length === 0 && isTimed;
  const launch = async () => {
    setIsBusy(true);
    setError(null);
    try {
      if (!(await saver.flush())) {
        throw new Error(texts.notSavedLaunch);
      }
      await campaignApi.launch(codes, timingOf(timing));
      live.setState({ isOn: timing.isNow });
      onClose();
    } catch (problem) {
      setError(problemText(problem));
      setIsBusy(false);
      // Contacts that were imported meanwhile may have brought other warnings.
      void checked.refetch();
    }
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      onCloseAutoFocus={onCloseAutoFocus}
      title={texts.launchTitle(isolated(name))}
      actions={
        <>
          <Button onClick={onClose}>{texts.notYet}</Button>
          <Button
            kind="primary"
            isBusy={isBusy}
            disabled={!canLaunch}
            onClick={() => void launch()}
          >
            {audience
              ? (timing.isNow ? texts.launchTo : timingTexts.schedule)(audience.contacts)
              : texts.launch}
          </Button>
        </>
      }
    >
      {found.isPending ? <Skeleton lines={3} /> : null}
      {found.error ? <Failure error={found.error} onRetry={() => void found.refetch()} /> : null}
      {audience ? (
        <div className="flex flex-col gap-4">
          {errors.length > 0 ? (
            <section>
              <p className="text-failed">{texts.solve(errors.length)}</p>
              <div className="-mx-3 mt-1">
                <Findings findings={errors} onGo={goThere} />
              </div>
            </section>
          ) : null}
          {audience.contacts === 0 ? (
            <p>
              {audience.isGrowing ? texts.importing : texts.noContacts}
              {audience.isGrowing ? null : (
                <Link
                  href={`/campaigns/${encodeURIComponent(campaignId)}/import`}
                  className="font-medium text-accent underline"
                >
                  {texts.importSome}
                </Link>
              )}
            </p>
          ) : (
            <p>
              <span className="font-semibold">{count(audience.contacts)}</span>{" "}
              {timing.isNow
                ? `${texts.enterNow(audience.contacts, audience.isGrowing)} ${texts.laterEnter}`
                : texts.enterThen(audience.contacts)}
            </p>
          )}
          <FirstMails
            campaignId={campaignId}
            sends={sends}
            contacts={audience.contacts}
            contact={audience.first}
            startsAt={timingOf(timing).at ?? null}
            onChangeSender={() => goThere(canvas.nodes.find((it) => it.type === "start")?.id ?? "")}
          />
          <TimingForm choice={timing} onChange={setTiming} />
          {checked.isLoading ? <p className="text-ink-faint">{texts.checking}</p> : null}
          {checked.error ? (
            <Failure error={checked.error} onRetry={() => void checked.refetch()} />
          ) : null}
          {warnings.length > 0 ? (
            <section>
              <h3 className="text-caption text-ink-faint">{texts.warnings}</h3>
              <div className="-mx-3">
                <Findings findings={warnings} onGo={goThere} />
              </div>
              <label className="mt-2 flex items-center gap-2">
                <input
                  type="checkbox"
                  checked={isAccepted}
                  onChange={() => setAccepted(isAccepted ? "" : codes.join())}
                  className="size-4 accent-accent"
                />
                {texts.launchAnyway}
              </label>
            </section>
          ) : null}
          {error ? (
            <p role="alert" className="text-failed">
              {error}
            </p>
          ) : null}
        </div>
      ) : null}
    </Dialog>
  );
}
