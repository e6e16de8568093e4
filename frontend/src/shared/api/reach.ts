/** Whether the API can be used, as learned from every response or its absence. */
import { create } from "zustand";

interface Reach {
  isReachable: boolean;
  /** The session ended while the page was open: nothing is loaded or saved until the user signs
   * in. */
  isSignedOut: boolean;
}

export const useReach = create<Reach>(() => ({ isReachable: true, isSignedOut: false }));

let heardMs = 0;

/** Milliseconds since the last response or the last request without one. */
export function quietMs(): number {
  return performance.now() - heardMs;
}

export function markReach(isReachable: boolean): void {
  heardMs = performance.now();
  if (useReach.getState().isReachable !== isReachable) {
    useReach.setState({ isReachable });
  }
}

export function markSignedOut(isSignedOut: boolean): void {
  if (useReach.getState().isSignedOut !== isSignedOut) {
    useReach.setState({ isSignedOut });
  }
}

/** Calls back each time the API can be used again. Returns a function that stops this. */
export function onUsableAgain(act: () => void): () => void {
  const isUsable = (it: Reach) => it.isReachable && !it.isSignedOut;
  return useReach.subscribe((now, before) => {
    if (isUsable(now) && !isUsable(before)) {
      act();
    }
  });
}

/**
 * Whether the API itself answered. A proxy in front of it answers 500 to 504 in its own words when
 * nothing is behind it; the API's own errors are problem documents.
 */
export function isFromApi(status: number, contentType: string | null): boolean {
  return status < 500 || (contentType ?? "").startsWith("application/problem+json");
}
