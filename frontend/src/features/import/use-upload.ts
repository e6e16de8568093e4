"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import type { Schemas } from "@/shared/api/client";
import type { Source } from "./choose";
import type { Decisions } from "./policy";
import { uploadContacts } from "./upload";

export interface UploadState {
  sentBytes: number;
  startedMs: number;
  isSending: boolean;
  error: Error | null;
}

const IDLE: UploadState = { sentBytes: 0, startedMs: 0, isSending: false, error: null };

/** One upload at a time; the browser asks before leaving a page that is uploading. */
export function useUpload(campaignId: string, onJob: (job: Schemas["JobView"]) => void) {
  const [state, setState] = useState(IDLE);
  const giveUp = useRef<(() => void) | null>(null);

  useEffect(() => {
    if (!state.isSending) {
      return;
    }
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [state.isSending]);

  useEffect(() => () => giveUp.current?.(), []);

  const begin = useCallback(
    async (source: Source, decisions: Decisions) => {
      setState({ ...IDLE, isSending: true, startedMs: Date.now() });
      const { job, abort } = uploadContacts(campaignId, source, decisions, (sentBytes) =>
        setState((was) => ({ ...was, sentBytes })),
      );
      giveUp.current = abort;
      try {
        onJob(await job);
        setState(IDLE);
      } catch (problem) {
        const isGivenUp = problem instanceof DOMException && problem.name === "AbortError";
        const error = problem instanceof Error ? problem : new Error(String(problem));
        setState({ ...IDLE, error: isGivenUp ? null : error });
      } finally {
        giveUp.current = null;
      }
    },
    [campaignId, onJob],
  );
  const stop = useCallback(() => giveUp.current?.(), []);
  return { state, begin, stop };
}
