"use client";

import { useCallback, useSyncExternalStore } from "react";

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", listener);
  };
}

/** A small choice of the viewer that outlives the page; never a secret. */
export function useStored(key: string, initial: string): [string, (value: string) => void] {
  const value = useSyncExternalStore(
    subscribe,
    () => window.localStorage.getItem(key) ?? initial,
    () => initial,
  );
  const store = useCallback(
    (next: string) => {
      window.localStorage.setItem(key, next);
      for (const listener of listeners) {
        listener();
      }
    },
    [key],
  );
  return [value, store];
}
