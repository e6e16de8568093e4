"use client";

import { useCallback, useRef } from "react";

/**
 * `act`, ignored while it is running: the second press of a double click comes before the first one
 * has made the button look busy.
 */
export function useOnce(act: () => Promise<unknown>): () => void {
  const isUnderWay = useRef(false);
  return useCallback(() => {
    if (isUnderWay.current) {
      return;
    }
    isUnderWay.current = true;
    const done = () => {
      isUnderWay.current = false;
    };
    act().then(done, done);
  }, [act]);
}
