"use client";

import {
  CircleStop,
  Download,
  Ellipsis,
  Flag,
  Image,
  Pause,
  Play,
  Rocket,
  Users,
} from "lucide-react";
import { type ReactNode, useState } from "react";
import { toast } from "sonner";
import { CampaignsLink } from "@/entities/campaign/no-campaign";
import { isLocked, lookOf } from "@/entities/campaign/status";
import { problemText } from "@/shared/api/problem";
import { isolated } from "@/shared/bidi";
import { LaterLink } from "@/shared/shell/later-link";
import { PageHeader } from "@/shared/shell/page-header";
import { Button } from "@/shared/ui/button";
import { Confirm } from "@/shared/ui/confirm";
import { Menu, type MenuItem } from "@/shared/ui/menu";
import { Status } from "@/shared/ui/status";
import { useCampaignApi } from "./campaign-api";
import { useSaver, useWorkbench } from "./context";
import { useExports } from "./exports";
import { Segments } from "./inspector/controls";
import { FindingsButton } from "./launch/findings-list";
import { LaunchDialog } from "./launch/launch-dialog";
import { useLive } from "./live/use-live";
import { Publish } from "./publish/publish";
import { useResultsShown } from "./results/use-results-shown";
import { SaveStatus } from "./save/save-status";
import { texts } from "./texts";

export function Header() {
  const { campaignId, live } = useWorkbench();
  const status = useSaver((it) => it.kept.campaign.status);
  const look = lookOf(status);
  const version = useSaver((it) => it.kept.campaign.version);
  const isGone = useSaver((it) => it.save.kind === "gone");
  const isLive = useLive((it) => it.isOn);
  const [isResults, showResults] = useResultsShown();
  const leadsPage = `/campaigns/${encodeURIComponent(campaignId)}/leads`;
  return (
    <PageHeader
      trail={<CampaignsLink />}
      title={<Name />}
      status={
        <>
          <Status hue={look.hue}>{look.label}</Status>
          {isLocked(status) || ((isLive || isResults) && !isGone) ? null : <SaveStatus />}
        </>
      }
      actions={
        <>
          {isLive || isResults || isLocked(status) ? null : <FindingsButton />}
          {version > 0 && status !== "scheduled" ? (
            <div className="w-52">
              <Segments
                label={texts.whatShown}
                value={isResults ? "results" : isLive ? "live" : "edit"}
                options={[
                  ["edit", isLocked(status) ? texts.flow : texts.edit],
                  ["live", texts.live],
                  ["results", texts.results],
                ]}
                onChange={(view) => {
                  showResults(view === "results");
                  if (view !== "results") {
                    live.setState({ isOn: view === "live", path: null });
                  }
                }}
              />
            </div>
          ) : null}
          <LaterLink
            href={leadsPage}
            className="inline-flex h-8 items-center gap-2 rounded-control border border-line-strong bg-raised px-3 font-medium hover:bg-sunken"
          >
            <Users size={16} aria-hidden /> {version > 0 ? texts.leads : texts.contacts}
          </LaterLink>
          {isGone ? null : <Lifecycle status={status} />}
        </>
      }
    />
  );
}

/** Edited in place; saved when the field is left. */
function Name() {
  const name = useSaver((it) => it.kept.campaign.name);
  const campaignApi = useCampaignApi();
  const [typed, setTyped] = useState<string | null>(null);
  const save = async () => {
    const wanted = typed?.trim();
    setTyped(null);
    if (!wanted || wanted === name) {
      return;
    }
    try {
      await campaignApi.change({ name: wanted });
    } catch (problem) {
      toast.error(problemText(problem));
    }
  };
  return (
    <input
      aria-label={texts.campaignName}
      dir="auto"
      value={typed ?? name}
      maxLength={200}
      size={Math.min(40, Math.max(8, (typed ?? name).length))}
      onChange={(event) => setTyped(event.target.value)}
      onBlur={() => void save()}
      onKeyDown={(event) => {
        if (event.key === "Enter") {
          event.currentTarget.blur();
        } else if (event.key === "Escape") {
          setTyped(null);
        }
      }}
      className="-mx-1.5 field-sizing-content min-w-24 max-w-md truncate rounded-control border border-transparent bg-transparent px-1.5 hover:border-line focus:border-accent"
    />
  );
}

function Lifecycle({ status }: { status: string }) {
  const [asked, setAsked] = useState<"launch" | "pause" | "end" | "cancel" | null>(null);
  const campaignApi = useCampaignApi();
  const { asJson, asPicture } = useExports();
  const [isResults] = useResultsShown();
  const close = () => setAsked(null);
  const resume = async () => {
    try {
      await campaignApi.resume();
      toast.success(texts.resumed);
    } catch (problem) {
      toast.error(problemText(problem));
    }
  };
  const unschedule = async () => {
    try {
      await campaignApi.unschedule();
      toast.success(texts.unscheduled);
    } catch (problem) {
      toast.error(problemText(problem));
    }
  };
  const ends = useSaver((it) => it.kept.campaign.ends);
  const ending: MenuItem = {
    label: texts.endMenu,
    icon: <Flag size={16} aria-hidden />,
    onSelect: () => setAsked("end"),
  };
  const isActive = status === "running" || status === "paused" || status === "waiting";
  const cancelling: MenuItem = {
    label: texts.cancelMenu,
    icon: <CircleStop size={16} aria-hidden />,
    isDangerous: true,
    onSelect: () => setAsked("cancel"),
  };
  const picture: MenuItem = {
    label: texts.exportPicture,
    icon: <Image size={16} aria-hidden />,
    onSelect: asPicture,
  };
  return (
    <>
      {status === "draft" ? (
        <Button kind="primary" onClick={() => setAsked("launch")}>
          <Rocket size={16} aria-hidden /> {texts.launchMenu}
        </Button>
      ) : null}
      {status === "scheduled" ? (
        <Button onClick={() => void unschedule()}>{texts.unschedule}</Button>
      ) : null}
      {status === "completed" ? <Publish /> : null}
      {status === "running" || status === "waiting" ? (
        <>
          <Button onClick={() => setAsked("pause")}>
            <Pause size={16} aria-hidden /> {texts.pause}
          </Button>
          <Publish />
        </>
      ) : null}
      {status === "paused" ? (
        <>
          <Publish kind="secondary" />
          <Button kind="primary" onClick={() => void resume()}>
            <Play size={16} aria-hidden /> {texts.resume}
          </Button>
        </>
      ) : null}
      <Menu
        trigger={
          <Button kind="quiet" isSquare aria-label={texts.more}>
            <Ellipsis size={16} aria-hidden />
          </Button>
        }
        items={[
          {
            label: texts.exportJson,
            icon: <Download size={16} aria-hidden />,
            onSelect: asJson,
          },
          ...(isResults ? [] : [picture]),
          ...(isActive ? [null, ...(ends === "when_through" ? [] : [ending]), cancelling] : []),
        ]}
      />
      <LaunchDialog isOpen={asked === "launch"} onClose={close} />
      <Asking
        isOpen={asked === "pause"}
        onClose={close}
        title={texts.pause}
        verb={texts.pause}
        act={campaignApi.pause}
      >
        {texts.pauseAbout}
      </Asking>
      <Asking
        isOpen={asked === "end"}
        onClose={close}
        title={texts.end}
        verb={texts.endVerb}
        act={campaignApi.end}
      >
        {texts.endAbout}
      </Asking>
      <Asking
        isOpen={asked === "cancel"}
        onClose={close}
        title={texts.cancel}
        verb={texts.cancelVerb}
        act={campaignApi.cancel}
        isDangerous
      >
        {texts.cancelAbout}
      </Asking>
    </>
  );
}

function Asking({
  title,
  act,
  children,
  ...rest
}: {
  isOpen: boolean;
  onClose: () => void;
  title: string;
  verb: string;
  act: () => Promise<void>;
  isDangerous?: boolean;
  children: ReactNode;
}) {
  const name = useSaver((it) => it.kept.campaign.name);
  const leads = useLive((it) => it.leads);
  const active = ["pending", "running", "paused"].reduce((sum, it) => sum + (leads[it] ?? 0), 0);
  return (
    <Confirm {...rest} title={texts.askTitle(title, isolated(name), active)} onConfirm={act}>
      {children}
    </Confirm>
  );
}
