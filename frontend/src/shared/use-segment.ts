"use client";

import { usePathname } from "next/navigation";

/**
 * A part of the page's path, from 0: in `/campaigns/welcome/leads` part 1 is `welcome`.
 *
 * Exported pages of campaigns and leads are one file each for all of them, made under the name
 * `_`: the router's own parameters would say `_`, the path says which one it is.
 */
export function useSegment(place: number): string {
  const parts = usePathname().split("/").filter(Boolean);
  return decoded(parts[place] ?? "");
}

/** What is no encoding of anything stays as it is: nothing is called that. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
