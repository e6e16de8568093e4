"use client";

import { useEffect } from "react";
import { isTyping } from "../canvas/use-keys";

/** Escape closes what is shown over the live view, unless something above it takes the key. */
export function useEscape(close: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isElsewhere =
        isTyping(event.target) || document.querySelector("[role=dialog], [role=menu]");
      if (event.key === "Escape" && !event.defaultPrevented && !isElsewhere) {
        close();
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [close]);
}
