"use client";

import type { ReactNode } from "react";
import { Moment } from "@/shared/time/moment";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { Failure, Skeleton } from "@/shared/ui/states";
import { kindOf, reasonOf } from "./labels";
import { useDeadLetter } from "./requests";
import { texts } from "./texts";

interface DeadLetterDialogProps {
  id: string;
  onClose: () => void;
  onRequeue: () => void;
}

/** One dead letter with its body, as text. */
export function DeadLetterDialog({ id, onClose, onRequeue }: DeadLetterDialogProps) {
  const { data, error, isPending, refetch } = useDeadLetter(id);
  return (
    <Dialog
      isOpen
      isWide
      onClose={onClose}
      title={data ? kindOf(data.kind) : texts.deadLetter}
      {...(data ? { about: `${reasonOf(data.reason)}.` } : {})}
      actions={
        <>
          <Button onClick={onClose}>{texts.close}</Button>
          <Button
            kind="primary"
            disabled={!data}
            onClick={() => {
              onRequeue();
              onClose();
            }}
          >
            {texts.requeueIt}
          </Button>
        </>
      }
    >
      {data ? (
        <div className="flex flex-col gap-4 pb-2">
          <dl className="grid grid-cols-[8rem_1fr] gap-x-4 gap-y-1 text-dense">
            <Line name={texts.died}>
              <Moment at={data.at} />
            </Line>
            <Line name={texts.queue}>{data.source ?? "–"}</Line>
            <Line name={texts.campaign}>{data.campaign_id ?? "–"}</Line>
            <Line name={texts.lead}>{data.lead_id ?? "–"}</Line>
            <Line name={texts.node}>{data.node_id ?? "–"}</Line>
            <Line name={texts.storedJob}>{data.job_id ?? "–"}</Line>
            <Line name={texts.deliveries}>{data.deliveries ?? "–"}</Line>
            <Line name={texts.copies}>{data.copies}</Line>
            <Line name={texts.deadLetter}>{data.dead_letter_id}</Line>
          </dl>
          <div>
            <h3 className="text-dense font-medium text-ink-soft">
              {data.is_cut
                ? texts.bodyStart(data.size_bytes.toLocaleString())
                : texts.body(data.size_bytes.toLocaleString())}
            </h3>
            <pre
              // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and keys must reach it
              tabIndex={0}
              className="mt-1 max-h-56 overflow-auto whitespace-pre-wrap break-all rounded-control bg-sunken p-3 font-mono text-caption"
            >
              {data.text}
            </pre>
          </div>
        </div>
      ) : isPending ? (
        <Skeleton lines={6} />
      ) : (
        <Failure error={error} onRetry={() => void refetch()} />
      )}
    </Dialog>
  );
}

function Line({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-faint">{name}</dt>
      <dd className="min-w-0 break-all">{children}</dd>
    </>
  );
}
