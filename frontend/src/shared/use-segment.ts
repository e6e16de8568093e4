"use client";

import { usePathname } from "next/navigation";

/**
 * A part of the page's path, from 0: in `/campaigns/welcome/leads` part 1 is `welcome`.
 *
 * The pages of all campaigns share one exported file named `_`, and so do those of leads: the
 * router's parameters would be `_`, but the path contains the id.
 */
export function useSegment(place: number): string {
  const parts = usePathname().split("/").filter(Boolean);
  return decoded(parts[place] ?? "");
}

/** An invalid encoding stays as it is: nothing has such an id. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
