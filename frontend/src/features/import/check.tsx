"use client";

import type { Schemas } from "@/shared/api/client";
import { Button } from "@/shared/ui/button";
import { Notice } from "@/shared/ui/notice";
import type { Source } from "./choose";
import { bytesInWords, share, timeLeft } from "./facts";
import { ProgressBar } from "./progress-bar";
import { type UploadState, useUpload } from "./use-upload";

interface CheckProps {
  campaignId: string;
  source: Source;
  onJob: (job: Schemas["JobView"]) => void;
  onBack: () => void;
}

/** What the file holds, before anything of it is imported; then its way to the server. */
export function Check({ campaignId, source, onJob, onBack }: CheckProps) {
  const { state, begin, stop } = useUpload(campaignId, onJob);
  if (state.isSending) {
    return <Sending source={source} state={state} onStop={stop} />;
  }
  return (
    <section aria-label="Check" className="flex flex-col gap-6">
      <p>
        <span className="font-semibold" dir="auto">
          {source.name}
        </span>
        <span className="text-ink-faint"> · {bytesInWords(source.body.size)}</span>
      </p>
      {state.error ? <Notice hue="failed">{state.error.message}</Notice> : null}
      <div className="flex gap-2">
        <Button kind="primary" onClick={() => void begin(source.body)}>
          Import
        </Button>
        <Button onClick={onBack}>Choose another file</Button>
      </div>
    </section>
  );
}

interface SendingProps {
  source: Source;
  state: UploadState;
  onStop: () => void;
}

function Sending({ source, state, onStop }: SendingProps) {
  const total = source.body.size;
  const isThere = state.sentBytes >= total;
  const left = timeLeft(state.sentBytes, total, Date.now() - state.startedMs);
  return (
    <section aria-label="Uploading" className="flex flex-col gap-3">
      <p className="flex items-baseline justify-between gap-4">
        <span className="font-medium" dir="auto">
          {isThere ? "The server reads the last rows" : `Uploading ${source.name}`}
        </span>
        <span className="text-ink-faint tabular-nums">
          {bytesInWords(Math.min(state.sentBytes, total))} of {bytesInWords(total)}
          {left ? ` · ${left}` : ""}
        </span>
      </p>
      <ProgressBar share={share(state.sentBytes, total)} label="Uploaded so far" />
      <p className="text-dense text-ink-soft">
        Keep this page open until the file is on the server. If you leave before, nothing of it is
        imported.
      </p>
      <div>
        <Button onClick={onStop}>Stop</Button>
      </div>
    </section>
  );
}
