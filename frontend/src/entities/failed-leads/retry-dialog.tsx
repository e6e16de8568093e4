"use client";

import { useCallback, useState } from "react";
import type { Schemas } from "@/shared/api/client";
import { problemText } from "@/shared/api/problem";
import { classNames } from "@/shared/class-names";
import { count } from "@/shared/numbers";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { Notice } from "@/shared/ui/notice";
import { ProgressBar } from "@/shared/ui/progress-bar";
import { Empty, Failure, Skeleton } from "@/shared/ui/states";
import { useOnce } from "@/shared/use-once";
import {
  type Choice,
  chosenLeads,
  type FailedLeads,
  type Group,
  isChosen,
  toggled,
  wanted,
} from "./groups";
import { obstacleTexts, reasonText } from "./reasons";
import { useFailedLeads, useJob, useRetry } from "./requests";
import { texts } from "./texts";

const GROUPS_SHOWN_MAX = 100;

interface RetryDialogProps {
  campaignId: string;
  /** Of the campaign, when the dialog was opened. */
  status: string;
  /** Only leads that failed at this node. */
  node: string | null;
  nodeOf: (id: string) => string;
  onClose: () => void;
}

/** Counts the failed leads by why they failed, then retries those that a person chooses. */
export function RetryDialog({ campaignId, status, node, nodeOf, onClose }: RetryDialogProps) {
  const { failed, isComplete, error, counted } = useFailedLeads(campaignId, node);
  // A changed choice is another request.
  const [{ choice, key }, setRequest] = useState<{ choice: Choice; key: string }>(newRequest);
  const [note] = useState(
    status === "paused"
      ? texts.paused
      : ["waiting", "completed"].includes(status)
        ? texts.completed
        : null,
  );
  const retry = useRetry(campaignId);
  const { mutateAsync } = retry;
  const submit = useOnce(
    useCallback(
      () =>
        failed ? mutateAsync({ groups: wanted(choice, failed, node), key }) : Promise.resolve(),
      [mutateAsync, choice, failed, node, key],
    ),
  );
  const leads = failed ? chosenLeads(choice, failed) : 0;
  if (retry.data) {
    return (
      <Dialog
        isOpen
        onClose={onClose}
        title={texts.title}
        actions={
          <Button kind="primary" onClick={onClose}>
            {texts.close}
          </Button>
        }
      >
        <Progress campaignId={campaignId} job={retry.data} />
      </Dialog>
    );
  }
  return (
    <Dialog
      isOpen
      isWide
      onClose={onClose}
      title={texts.title}
      about={texts.about}
      actions={
        <>
          <Button onClick={onClose}>{texts.notNow}</Button>
          <Button
            kind="primary"
            isBusy={retry.isPending}
            disabled={!isComplete || leads === 0}
            onClick={submit}
          >
            {texts.retry(leads)}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 pb-2">
        {note ? <p className="text-ink-soft">{note}</p> : null}
        {error ? <Failure error={error} onRetry={() => void counted.refetch()} /> : null}
        {!failed && !error ? <Skeleton lines={3} /> : null}
        {failed && isComplete && failed.leads === 0 ? (
          <Empty title={texts.none}>{texts.noneAbout}</Empty>
        ) : null}
        {failed && failed.leads > 0 ? (
          <Groups
            failed={failed}
            choice={choice}
            nodeOf={nodeOf}
            onChoose={(chosen) => setRequest({ ...newRequest(), choice: chosen })}
          />
        ) : null}
        {failed && !isComplete && !error ? (
          <p role="status" className="text-ink-faint tabular-nums">
            {texts.counting} {count(failed.leads)}
          </p>
        ) : null}
        {retry.error ? (
          <p role="alert" className="text-failed">
            {problemText(retry.error)}
          </p>
        ) : null}
      </div>
    </Dialog>
  );
}

/** `getRandomValues` also works where a page is not served over https. */
function newRequest(): { choice: Choice; key: string } {
  return { choice: "all", key: [...crypto.getRandomValues(new Uint32Array(4))].join("-") };
}

interface GroupsProps {
  failed: FailedLeads;
  choice: Choice;
  nodeOf: (id: string) => string;
  onChoose: (choice: Choice) => void;
}

function Groups({ failed, choice, nodeOf, onChoose }: GroupsProps) {
  const hidden = failed.groups.length - GROUPS_SHOWN_MAX;
  return (
    <div>
      <Line
        label={texts.allHere}
        leads={failed.leads}
        isChecked={choice === "all"}
        isDisabled={failed.can_retry === 0}
        onToggle={() => onChoose(choice === "all" ? new Set() : "all")}
      />
      <ul>
        {failed.groups.slice(0, GROUPS_SHOWN_MAX).map((group) => (
          <li key={group.key}>
            <GroupLine
              group={group}
              isChecked={isChosen(choice, group)}
              nodeOf={nodeOf}
              onToggle={() => onChoose(toggled(choice, group, failed))}
            />
          </li>
        ))}
      </ul>
      {failed.others.leads > 0 ? (
        <p className="pt-2 text-dense text-ink-soft">{texts.others(failed.others.leads)}</p>
      ) : null}
      {hidden > 0 ? <p className="pt-2 text-dense text-ink-soft">{texts.hidden(hidden)}</p> : null}
    </div>
  );
}

interface GroupLineProps {
  group: Group;
  isChecked: boolean;
  nodeOf: (id: string) => string;
  onToggle: () => void;
}

function GroupLine({ group, isChecked, nodeOf, onToggle }: GroupLineProps) {
  return (
    <Line
      label={nodeOf(group.node)}
      leads={group.leads}
      isChecked={isChecked}
      isDisabled={group.can_retry === 0}
      onToggle={onToggle}
    >
      <span className="block break-words text-dense text-ink-soft" dir="auto">
        {group.answer || reasonText(group.reason)}
      </span>
      {obstacleTexts(group.obstacles).map((it) => (
        <span key={it} className="block text-caption text-ink-faint">
          {it}
        </span>
      ))}
    </Line>
  );
}

interface LineProps {
  label: string;
  leads: number;
  isChecked: boolean;
  isDisabled: boolean;
  onToggle: () => void;
  children?: React.ReactNode;
}

function Line({ label, leads, isChecked, isDisabled, onToggle, children }: LineProps) {
  return (
    <label
      className={classNames(
        "flex items-start gap-3 border-line border-b py-2.5",
        isDisabled ? "text-ink-soft" : "cursor-pointer",
      )}
    >
      <input
        type="checkbox"
        checked={isChecked}
        disabled={isDisabled}
        onChange={onToggle}
        className="mt-0.5 size-4 shrink-0 accent-accent"
      />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">
          <bdi>{label}</bdi>
        </span>
        {children}
      </span>
      <span className="shrink-0 tabular-nums">{count(leads)}</span>
    </label>
  );
}

function Progress({ campaignId, job }: { campaignId: string; job: Schemas["JobView"] }) {
  const polled = useJob(campaignId, job);
  const now = polled.data ?? job;
  const { retried, error } = now.report;
  const leads = typeof retried === "number" ? retried : 0;
  if (now.state === "failed") {
    return <Notice hue="failed">{typeof error === "string" ? error : texts.failed}</Notice>;
  }
  if (now.state !== "done") {
    return (
      <section aria-label={texts.retrying} className="flex flex-col gap-3 pb-2">
        <p className="font-medium tabular-nums">{texts.retried(leads)}</p>
        <ProgressBar
          share={now.total ? Math.min(now.done / now.total, 1) : 0}
          label={texts.retrying}
        />
        <p className="text-dense text-ink-soft">{texts.canClose}</p>
        {polled.error ? <Notice hue="failed">{problemText(polled.error)}</Notice> : null}
      </section>
    );
  }
  return (
    <div role="status" className="flex flex-col gap-1 pb-2">
      <p className="font-medium">{texts.retried(leads)}</p>
      <p className="text-ink-soft">{texts.retriedAbout}</p>
      {obstacleTexts(now.report).map((it) => (
        <p key={it} className="text-dense text-ink-faint">
          {it}
        </p>
      ))}
    </div>
  );
}
