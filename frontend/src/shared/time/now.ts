"use client";

import { useSyncExternalStore } from "react";

const EVERY_MS = 30_000;

/** One clock for all times on a page, because a table has hundreds. */
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

/** Constant between ticks, as React requires; a clock without subscribers is updated first. */
function read(): number {
  const realMs = Date.now();
  if (Math.abs(realMs - nowMs) >= EVERY_MS) {
    nowMs = realMs;
  }
  return nowMs;
}

/** The time in ms, at most half a minute late. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, read, read);
}
