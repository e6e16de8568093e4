"use client";

import { useEffect, useState } from "react";
import type { Schemas } from "@/shared/api/client";
import { ApiError, isGone, problemText } from "@/shared/api/problem";
import { Button } from "@/shared/ui/button";
import { Notice } from "@/shared/ui/notice";
import { ProgressBar } from "@/shared/ui/progress-bar";
import { Failure, Skeleton } from "@/shared/ui/states";
import type { Source } from "./choose";
import { bytesText, share, timeLeft } from "./facts";
import { KnownContacts } from "./known-contacts";
import { type Decisions, joined, KNOWN, keyOf, type Question, questionsIn, SHEET } from "./policy";
import { PreviewView } from "./preview-view";
import { Questions } from "./questions";
import { texts } from "./texts";
import { usePreview } from "./use-preview";
import { type UploadState, useUpload } from "./use-upload";

interface CheckProps {
  campaignId: string;
  source: Source;
  onJob: (job: Schemas["JobView"]) => void;
  onBack: () => void;
  /** The campaign no longer exists. */
  onGone: () => void;
}

/** Shows what the file contains before anything is imported, then its upload. */
export function Check({ campaignId, source, onJob, onBack, onGone }: CheckProps) {
  const { state, begin, stop } = useUpload(campaignId, onJob);
  const [decisions, setDecisions] = useState<Decisions>({});
  const [answered, setAnswered] = useState<readonly Question[]>([]);
  const preview = usePreview(campaignId, source, decisions);
  const errors = state.error instanceof ApiError ? state.error.problem.errors : [];
  const refused = questionsIn(errors);
  const open = joined(preview.data?.questions ?? [], refused);
  const questions = joined(answered, open);
  const isOpen = questions.some((it) => decisions[keyOf(it)] === undefined);
  const chooseSheet = (sheet: string) => {
    // What was decided about another sheet does not count for this one.
    setAnswered((was) => was.filter((it) => it.field === SHEET));
    setDecisions(({ [KNOWN]: known }) => ({ ...(known ? { [KNOWN]: known } : {}), sheet }));
  };
  const answer = (question: Question, value: string) => {
    if (question.field === SHEET) {
      setAnswered([question]);
      chooseSheet(value);
      return;
    }
    setAnswered((was) => joined(was, [question]));
    setDecisions((was) => ({ ...was, [keyOf(question)]: value }));
  };
  const isDeleted = [preview.error, state.error].some(isGone);
  useEffect(() => {
    if (isDeleted) {
      onGone();
    }
  }, [isDeleted, onGone]);
  if (state.isSending) {
    return <Sending source={source} state={state} onStop={stop} />;
  }
  const good = preview.data?.counts.good ?? 0;
  const updates = decisions[KNOWN] === "update" ? (preview.data?.counts.changed ?? 0) : 0;
  const isPart = preview.data?.is_part ?? false;
  const verb = preview.data && !isPart ? texts.importVerb(good, updates) : texts.importFile;
  return (
    <section aria-label={texts.check} className="flex flex-col gap-6">
      <div className="flex flex-wrap items-center gap-2">
        <p className="min-w-0 flex-1 truncate">
          <span className="font-semibold" dir="auto">
            {source.name}
          </span>
          <span className="text-ink-faint"> · {bytesText(source.body.size)}</span>
        </p>
        <Button onClick={onBack}>{texts.chooseAnother}</Button>
        <Button
          kind="primary"
          disabled={!preview.data || (good + updates === 0 && !isPart) || isOpen}
          onClick={() => void begin(source, decisions)}
        >
          {verb}
        </Button>
      </div>
      {state.error && (refused.length === 0 || refused.length < errors.length) ? (
        <Notice hue="failed">{problemText(state.error)}</Notice>
      ) : null}
      <Questions questions={questions} decisions={decisions} onAnswer={answer} />
      {preview.data ? (
        <KnownContacts
          campaignId={campaignId}
          preview={preview.data}
          known={decisions[KNOWN] === "update" ? "update" : "keep"}
          onChoose={(known) => setDecisions((was) => ({ ...was, [KNOWN]: known }))}
        />
      ) : null}
      {preview.data ? (
        <PreviewView
          preview={preview.data}
          onEncoding={(encoding) => setDecisions((was) => ({ ...was, encoding }))}
          onSheet={chooseSheet}
        />
      ) : preview.error ? (
        <Unreadable error={preview.error} onRetry={() => void preview.refetch()} />
      ) : (
        <Skeleton lines={8} />
      )}
    </section>
  );
}

/** The API's message about a file that it refuses as a whole; nothing of it was stored. */
function Unreadable({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const isRefused = error instanceof ApiError && error.status >= 400 && error.status < 500;
  return isRefused ? (
    <Notice hue="failed">
      <p className="font-medium">{texts.cannotImport}</p>
      <p className="break-words">{problemText(error)}</p>
    </Notice>
  ) : (
    <Failure error={error} onRetry={onRetry} />
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
    <section aria-label={texts.uploadingLabel} className="flex flex-col gap-3">
      <p className="flex items-baseline justify-between gap-4">
        <span className="font-medium" dir="auto">
          {isThere ? texts.lastRows : texts.uploading(source.name)}
        </span>
        <span className="text-ink-faint tabular-nums">
          {texts.uploaded(bytesText(Math.min(state.sentBytes, total)), bytesText(total))}
          {left ? ` · ${left}` : ""}
        </span>
      </p>
      <ProgressBar share={share(state.sentBytes, total)} label={texts.uploadedSoFar} />
      <p className="text-dense text-ink-soft">{texts.keepOpen}</p>
      <div>
        <Button onClick={onStop}>{texts.stop}</Button>
      </div>
    </section>
  );
}
