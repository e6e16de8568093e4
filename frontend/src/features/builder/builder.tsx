"use client";

import { useQuery } from "@tanstack/react-query";
import { ReactFlowProvider } from "@xyflow/react";
import dynamic from "next/dynamic";
import { Suspense, useEffect, useMemo, useRef } from "react";
import { CampaignsLink, NoCampaign } from "@/entities/campaign/no-campaign";
import { isLocked } from "@/entities/campaign/status";
import { isGone, problemText } from "@/shared/api/problem";
import { PageHeader } from "@/shared/shell/page-header";
import { Failure, Skeleton } from "@/shared/ui/states";
import { useSegment } from "@/shared/use-segment";
import { draftApiOf, findingsOf, readCampaign } from "./campaign-api";
import { FlowCanvas } from "./canvas/flow-canvas";
import { Repairs } from "./canvas/repairs";
import { useSaver, useWorkbench, WorkbenchContext } from "./context";
import { Header } from "./header";
import { Inspector } from "./inspector/inspector";
import { TimingBar } from "./launch/timing-bar";
import { LiveBar } from "./live/live-bar";
import { createLive, laidOver } from "./live/live-store";
import { LiveView } from "./live/live-view";
import { MetricPanel } from "./live/metric-panel";
import { useIsLive, usePolling } from "./live/use-live";
import { toCanvas } from "./model/codec";
import { useResultsShown } from "./results/use-results-shown";
import { ConflictDialog } from "./save/conflict-dialog";
import { GoneDialog } from "./save/gone-dialog";
import { createSaver, type Finding } from "./save/saver";
import { useSaving } from "./save/use-saving";
import { createEditor } from "./store";
import { texts } from "./texts";
import { useActions } from "./use-actions";

const SEGMENT = 1;

const Results = dynamic(() => import("./results/results").then((it) => it.Results));

/** The flow of a campaign: to draw, launch and watch. */
export function Builder() {
  const campaignId = useSegment(SEGMENT);
  const opened = useQuery({
    queryKey: ["campaigns", campaignId, "builder"],
    queryFn: async () => {
      const [{ kept, counts }, findings] = await Promise.all([
        readCampaign(campaignId),
        findingsOf(campaignId, false),
      ]);
      return { kept, counts, findings };
    },
    // From here on, the store holds it; it is read again only when the page is opened again.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  if (!opened.data) {
    return (
      <>
        <PageHeader trail={<CampaignsLink />} title={texts.campaign} />
        {opened.isPending ? (
          <div className="p-8">
            <Skeleton lines={8} />
          </div>
        ) : isGone(opened.error) ? (
          <NoCampaign message={problemText(opened.error)} />
        ) : (
          <Failure error={opened.error} onRetry={() => void opened.refetch()} />
        )}
      </>
    );
  }
  return <Open key={campaignId} campaignId={campaignId} {...opened.data} />;
}

type Opened = Awaited<ReturnType<typeof readCampaign>> & { findings: Finding[] };

function Open({ campaignId, kept, counts, findings }: Opened & { campaignId: string }) {
  // Created once per opening, so that the answer of a query never replaces what has been typed.
  const first = useRef({ kept, counts, findings });
  const { workbench, repairs } = useMemo(() => {
    const { kept, counts, findings } = first.current;
    const { canvas, repairs } = toCanvas(kept.draft);
    const isLaunched =
      !["draft", "scheduled"].includes(kept.campaign.status) && kept.campaign.version > 0;
    const live = createLive(isLaunched);
    live.setState((it) => laidOver(it, counts));
    return {
      workbench: {
        campaignId,
        editor: createEditor(canvas, isLocked(kept.campaign.status)),
        saver: createSaver(draftApiOf(campaignId), kept, findings),
        live,
      },
      repairs,
    };
  }, [campaignId]);
  return (
    <WorkbenchContext value={workbench}>
      <ReactFlowProvider>
        <Suspense>
          <Workspace repairs={repairs} />
        </Suspense>
      </ReactFlowProvider>
    </WorkbenchContext>
  );
}

function Workspace({ repairs }: { repairs: readonly string[] }) {
  const { editor } = useWorkbench();
  const status = useSaver((it) => it.kept.campaign.status);
  const isLive = useIsLive();
  const isPublished = useSaver((it) => it.kept.campaign.version > 0);
  const isResults = useResultsShown()[0] && isPublished;
  const inspector = useRef<HTMLElement>(null);
  useSaving();
  usePolling();
  useActions();
  useEffect(() => {
    editor.getState().setReadOnly(isLocked(status));
  }, [editor, status]);
  const inspect = () =>
    requestAnimationFrame(() =>
      inspector.current
        ?.querySelector<HTMLElement>("[data-form] :is(input:not([type=radio]), textarea, select)")
        ?.focus(),
    );
  return (
    <>
      <Header />
      <TimingBar />
      {isLive && !isResults ? <LiveBar /> : null}
      <div className="relative flex min-h-0 flex-1">
        {isResults ? (
          <Results />
        ) : isLive ? (
          <LiveView>
            <FlowCanvas onInspect={inspect} />
            <MetricPanel />
          </LiveView>
        ) : (
          <>
            <FlowCanvas onInspect={inspect} />
            <Inspector ref={inspector} />
          </>
        )}
        <ConflictDialog />
        <GoneDialog />
        <Repairs repairs={repairs} />
      </div>
    </>
  );
}
