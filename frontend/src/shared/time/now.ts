"use client";

import { useSyncExternalStore } from "react";

const EVERY_MS = 30_000;

/** One clock for all times on a page: a table has hundreds. */
const listeners = new Set<() => void>();
let nowMs = 0;
let ticking: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  ticking ??= setInterval(tick, EVERY_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(ticking);
      ticking = undefined;
    }
  };
}

function tick(): void {
  nowMs = Date.now();
  for (const listener of listeners) {
    listener();
  }
}

/** Stands still between ticks, as React asks of it; a clock that nobody watched is set first. */
function read(): number {
  const realMs = Date.now();
  if (Math.abs(realMs - nowMs) >= EVERY_MS) {
    nowMs = realMs;
  }
  return nowMs;
}

/** The time in ms, half a minute late at most. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, read, read);
}
