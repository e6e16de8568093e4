/** Can the API be used? Told by every answer there is, or is not; kept for whoever shows it. */
import { create } from "zustand";

interface Reach {
  isReachable: boolean;
  /** The session has ended while the page was open: nothing is read or saved until it is back. */
  isSignedOut: boolean;
}

export const useReach = create<Reach>(() => ({ isReachable: true, isSignedOut: false }));

let heardMs = 0;

/** Milliseconds since anything was heard, or in vain waited for. */
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

/** Calls back each time the API can be used again. Returns the way to stop. */
export function onUsableAgain(act: () => void): () => void {
  const isUsable = (it: Reach) => it.isReachable && !it.isSignedOut;
  return useReach.subscribe((now, before) => {
    if (isUsable(now) && !isUsable(before)) {
      act();
    }
  });
}

/**
 * Did the API itself speak? A proxy in front of it says 500 to 504 in its own words when nobody is
 * behind it; the API's own troubles are problem documents.
 */
export function isFromApi(status: number, contentType: string | null): boolean {
  return status < 500 || (contentType ?? "").startsWith("application/problem+json");
}
