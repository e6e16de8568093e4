"use client";

import { useSearchParams } from "next/navigation";
import { useCallback } from "react";

/** A state in the page's address, `?name=value`, so that it outlives a reload; "" removes it. */
export function useQueryState(name: string): [string, (value: string) => void] {
  const value = useSearchParams().get(name) ?? "";
  const set = useCallback(
    (next: string) => {
      const address = new URL(window.location.href);
      if (next) {
        address.searchParams.set(name, next);
      } else {
        address.searchParams.delete(name);
      }
      window.history.replaceState(null, "", address);
    },
    [name],
  );
  return [value, set];
}
