"use client";

import { useEffect } from "react";
import { useWorkbench } from "../context";
import { isTyping } from "./use-keys";

/** Copy, cut and paste through the real clipboard, so that they work between campaigns. */
export function useClipboard(): void {
  const { editor } = useWorkbench();
  useEffect(() => {
    const isOurs = (event: ClipboardEvent) =>
      !isTyping(event.target) && !document.querySelector("[role=dialog]") && isNothingMarked();
    const copy = (event: ClipboardEvent) => {
      const text = isOurs(event) ? editor.getState().clip() : null;
      if (text !== null) {
        event.clipboardData?.setData("text/plain", text);
        event.preventDefault();
      }
      return text !== null;
    };
    const cut = (event: ClipboardEvent) => {
      if (!editor.getState().isReadOnly && copy(event)) {
        editor.getState().removeSelected();
      }
    };
    const paste = (event: ClipboardEvent) => {
      const text = event.clipboardData?.getData("text/plain") ?? "";
      if (isOurs(event) && editor.getState().paste(text)) {
        event.preventDefault();
      }
    };
    document.addEventListener("copy", copy);
    document.addEventListener("cut", cut);
    document.addEventListener("paste", paste);
    return () => {
      document.removeEventListener("copy", copy);
      document.removeEventListener("cut", cut);
      document.removeEventListener("paste", paste);
    };
  }, [editor]);
}

function isNothingMarked(): boolean {
  return (window.getSelection()?.toString() ?? "") === "";
}
