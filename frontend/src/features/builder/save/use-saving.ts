"use client";

import { useEffect } from "react";
import { useWorkbench } from "../context";
import { fromCanvas } from "../model/codec";

/** Hands every change of the document to the saver, and asks before unsaved work is left. */
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
      if (saver.store.getState().save.kind !== "saved") {
        event.preventDefault();
      }
    };
    const onHide = () => {
      if (document.visibilityState === "hidden" && saver.store.getState().save.kind === "waiting") {
        void saver.flush();
      }
    };
    window.addEventListener("beforeunload", onLeave);
    window.addEventListener("online", saver.wake);
    document.addEventListener("visibilitychange", onHide);
    return () => {
      window.removeEventListener("beforeunload", onLeave);
      window.removeEventListener("online", saver.wake);
      document.removeEventListener("visibilitychange", onHide);
      // Going to another page of ours leaves nothing behind unsaved.
      void saver.flush();
    };
  }, [saver]);
}
