"use client";

import { useSearchParams } from "next/navigation";
import { useCallback, useMemo } from "react";
import { isLeadFilter, type LeadFilterName } from "@/entities/lead/standing";

export interface Filters {
  status: LeadFilterName | null;
  node: string | null;
  email: string;
}

const NONE: Filters = { status: null, node: null, email: "" };

/** Filters are in the URL, so that a reload and a link keep them. `at`: the first place in view. */
export function useFilters(): {
  filters: Filters;
  at: number;
  change: (changes: Partial<Filters>) => void;
  clear: () => void;
  remember: (at: number) => void;
} {
  const params = useSearchParams();
  const status = params.get("status");
  const node = params.get("node");
  const email = params.get("email") ?? "";
  const at = Number(params.get("at"));
  const filters = useMemo(
    () => ({ status: isLeadFilter(status) ? status : null, node: node || null, email }),
    [status, node, email],
  );
  const change = useCallback((changes: Partial<Filters>) => {
    rewrite((query) => {
      query.delete("at");
      for (const [name, value] of Object.entries(changes)) {
        put(query, name, value);
      }
    });
  }, []);
  const clear = useCallback(() => change(NONE), [change]);
  const remember = useCallback((place: number) => {
    rewrite((query) => put(query, "at", place > 1 ? String(place) : null));
  }, []);
  return { filters, at: Number.isSafeInteger(at) && at > 0 ? at : 1, change, clear, remember };
}

function put(query: URLSearchParams, name: string, value: string | null | undefined): void {
  if (value) {
    query.set(name, value);
  } else {
    query.delete(name);
  }
}

function rewrite(edit: (query: URLSearchParams) => void): void {
  const query = new URLSearchParams(window.location.search);
  edit(query);
  const text = query.toString();
  const wanted = `${window.location.pathname}${text ? `?${text}` : ""}`;
  if (wanted !== `${window.location.pathname}${window.location.search}`) {
    window.history.replaceState(null, "", wanted);
  }
}
