"use client";

import { useEffect } from "react";
import { onUsableAgain } from "@/shared/api/reach";
import { useWorkbench } from "../context";
import { fromCanvas } from "../model/codec";
import { texts } from "../texts";
import { takeTheirs } from "./take-theirs";

/**
 * Passes every change of the document to the saver, asks before the user leaves unsaved work, and
 * checks for changes by others.
 */
export function useSaving(): void {
  const { editor, saver } = useWorkbench();
  useEffect(
    () =>
      editor.subscribe((now, before) => {
        if (now.history !== before.history && now.history.present !== before.history.present) {
          saver.touch(fromCanvas(now.history.present));
        }
      }),
    [editor, saver],
  );
  useEffect(() => {
    const onLeave = (event: BeforeUnloadEvent) => {
      const { save } = saver.store.getState();
      if (save.kind === "gone" ? save.isUnsaved : save.kind !== "saved") {
        event.preventDefault();
      }
    };
    const onHide = () => {
      if (document.visibilityState === "hidden" && saver.store.getState().save.kind === "waiting") {
        void saver.flush();
      }
    };
    window.addEventListener("beforeunload", onLeave);
    const ignoreUsable = onUsableAgain(saver.wake);
    document.addEventListener("visibilitychange", onHide);
    return () => {
      window.removeEventListener("beforeunload", onLeave);
      ignoreUsable();
      document.removeEventListener("visibilitychange", onHide);
      // Going to another page of ours saves first.
      void saver.flush();
    };
  }, [saver]);
  useEffect(() => {
    const onReturn = async () => {
      const theirs = await saver.look();
      if (theirs) {
        takeTheirs(editor, theirs, texts.theirsNow);
      }
    };
    window.addEventListener("focus", onReturn);
    return () => window.removeEventListener("focus", onReturn);
  }, [editor, saver]);
}
