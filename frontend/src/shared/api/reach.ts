/** Does the API answer? Told by every request that is made; kept for whoever shows it. */
import { create } from "zustand";

interface Reach {
  isReachable: boolean;
}

export const useReach = create<Reach>(() => ({ isReachable: true }));

export function markReach(isReachable: boolean): void {
  if (useReach.getState().isReachable !== isReachable) {
    useReach.setState({ isReachable });
  }
}

/**
 * Did the API itself speak? A proxy in front of it says 500 to 504 in its own words when nobody is
 * behind it; the API's own troubles are problem documents.
 */
export function isFromApi(status: number, contentType: string | null): boolean {
  return status < 500 || (contentType ?? "").startsWith("application/problem+json");
}
