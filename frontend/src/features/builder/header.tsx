"use client";

import { CircleStop, Download, Ellipsis, Image, Pause, Play, Rocket, Users } from "lucide-react";
import { type ReactNode, useState } from "react";
import { toast } from "sonner";
import { CampaignsLink } from "@/entities/campaign/no-campaign";
import { problemText } from "@/shared/api/problem";
import { isolated } from "@/shared/bidi";
import { countOf } from "@/shared/numbers";
import { LaterLink } from "@/shared/shell/later-link";
import { PageHeader } from "@/shared/shell/page-header";
import { Button } from "@/shared/ui/button";
import { Confirm } from "@/shared/ui/confirm";
import { Menu, type MenuItem } from "@/shared/ui/menu";
import { type Hue, Status } from "@/shared/ui/status";
import { useCampaignApi } from "./campaign-api";
import { useEditor, useSaver, useWorkbench } from "./context";
import { useExports } from "./exports";
import { Segments } from "./inspector/controls";
import { FindingsButton, useProblems } from "./launch/findings-list";
import { LaunchDialog } from "./launch/launch-dialog";
import { useLive } from "./live/use-live";
import { SaveStatus } from "./save/save-status";

const HUES: Readonly<Record<string, Hue>> = {
  draft: "neutral",
  running: "running",
  paused: "waiting",
  completed: "sent",
  cancelled: "failed",
  archived: "neutral",
};

const ENDED = ["completed", "cancelled", "archived"];

export function isEnded(status: string): boolean {
  return ENDED.includes(status);
}

export function Header() {
  const { campaignId, live } = useWorkbench();
  const status = useSaver((it) => it.kept.campaign.status);
  const version = useSaver((it) => it.kept.campaign.version);
  const isGone = useSaver((it) => it.save.kind === "gone");
  const isLive = useLive((it) => it.isOn);
  const leadsPage = `/campaigns/${encodeURIComponent(campaignId)}/leads`;
  return (
    <PageHeader
      trail={<CampaignsLink />}
      title={<Name />}
      status={
        <>
          <Status hue={HUES[status] ?? "neutral"}>
            {status.charAt(0).toUpperCase() + status.slice(1)}
          </Status>
          {isEnded(status) || (isLive && !isGone) ? null : <SaveStatus />}
        </>
      }
      actions={
        <>
          {isLive || isEnded(status) ? null : <FindingsButton />}
          {version > 0 ? (
            <div className="w-36">
              <Segments
                label="What the canvas shows"
                value={isLive ? "live" : "edit"}
                options={[
                  ["edit", isEnded(status) ? "Flow" : "Edit"],
                  ["live", "Live"],
                ]}
                onChange={(view) => live.setState({ isOn: view === "live", path: null })}
              />
            </div>
          ) : null}
          <LaterLink
            href={leadsPage}
            className="inline-flex h-8 items-center gap-2 rounded-control border border-line bg-raised px-3 font-medium hover:bg-sunken"
          >
            <Users size={16} aria-hidden /> {version > 0 ? "Leads" : "Contacts"}
          </LaterLink>
          {isGone ? null : <Lifecycle status={status} />}
        </>
      }
    />
  );
}

/** Edited in place; saved when it is left. */
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
      aria-label="Campaign name"
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
  const [asked, setAsked] = useState<"launch" | "pause" | "cancel" | null>(null);
  const campaignApi = useCampaignApi();
  const { asJson, asPicture } = useExports();
  const close = () => setAsked(null);
  const resume = async () => {
    try {
      await campaignApi.resume();
      toast.success("Going on where the pause began");
    } catch (problem) {
      toast.error(problemText(problem));
    }
  };
  const cancelling: MenuItem = {
    label: "Cancel the campaign …",
    icon: <CircleStop size={16} aria-hidden />,
    isDangerous: true,
    onSelect: () => setAsked("cancel"),
  };
  return (
    <>
      {status === "draft" ? (
        <Button kind="primary" onClick={() => setAsked("launch")}>
          <Rocket size={16} aria-hidden /> Launch …
        </Button>
      ) : null}
      {status === "running" ? (
        <>
          <Button onClick={() => setAsked("pause")}>
            <Pause size={16} aria-hidden /> Pause
          </Button>
          <Publish />
        </>
      ) : null}
      {status === "paused" ? (
        <>
          <Publish kind="secondary" />
          <Button kind="primary" onClick={() => void resume()}>
            <Play size={16} aria-hidden /> Resume
          </Button>
        </>
      ) : null}
      <Menu
        trigger={
          <Button kind="quiet" isSquare aria-label="More">
            <Ellipsis size={16} aria-hidden />
          </Button>
        }
        items={[
          {
            label: "Export as JSON",
            icon: <Download size={16} aria-hidden />,
            onSelect: asJson,
          },
          {
            label: "Export as picture",
            icon: <Image size={16} aria-hidden />,
            onSelect: asPicture,
          },
          ...(status === "running" || status === "paused" ? [null, cancelling] : []),
        ]}
      />
      <LaunchDialog isOpen={asked === "launch"} onClose={close} />
      <Asking
        isOpen={asked === "pause"}
        onClose={close}
        title="Pause"
        verb="Pause"
        act={campaignApi.pause}
      >
        Nothing is sent and no lead moves until you resume. Time goes on, and so do readers: opens
        and clicks are kept. Messages that are on their way to the mail server right now still
        arrive.
      </Asking>
      <Asking
        isOpen={asked === "cancel"}
        onClose={close}
        title="Cancel"
        verb="Cancel the campaign"
        act={campaignApi.cancel}
        isDangerous
      >
        Every lead ends where it is and gets nothing more. This cannot be undone; what was sent, and
        each lead's story, is kept.
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
    <Confirm
      {...rest}
      title={`${title} ${isolated(name)}${active > 0 ? ` with ${countOf(active, "lead on its way", "leads on their way")}` : ""}?`}
      onConfirm={act}
    >
      {children}
    </Confirm>
  );
}

/** Lit only while the draft is another flow than the one that new leads walk. */
function Publish({ kind = "primary" }: { kind?: "primary" | "secondary" }) {
  const { saver } = useWorkbench();
  const campaignApi = useCampaignApi();
  const { errors } = useProblems();
  const isPublished = useSaver((it) => it.kept.isPublished);
  const isDirty = useSaver((it) => it.save.kind !== "saved");
  const isReadOnly = useEditor((it) => it.isReadOnly);
  const [isBusy, setIsBusy] = useState(false);
  if ((isPublished && !isDirty) || isReadOnly) {
    return null;
  }
  const publish = async () => {
    setIsBusy(true);
    try {
      if (await saver.flush()) {
        await campaignApi.publish();
        toast.success("Published: new leads walk this flow, those on their way keep theirs");
      }
    } catch (problem) {
      toast.error(problemText(problem));
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <Button
      kind={kind}
      isBusy={isBusy}
      disabled={errors.length > 0}
      title={errors.length > 0 ? "Solve the problems first" : "New leads walk the changed flow"}
      onClick={() => void publish()}
    >
      Publish changes
    </Button>
  );
}
