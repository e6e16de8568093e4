"use client";

import { useEffect } from "react";
import { create } from "zustand";

/** What the open page can do, for the command palette. `keys`: its shortcut, if it has one. */
export interface Action {
  name: string;
  keys?: string;
  act: () => void;
}

const NONE: Action[] = [];

const useActions = create<{ actions: Action[] }>(() => ({ actions: NONE }));

/** Offers these while the page is open. Give the same array while nothing changed. */
export function useOffer(actions: Action[]): void {
  useEffect(() => {
    useActions.setState({ actions });
    return () => useActions.setState({ actions: NONE });
  }, [actions]);
}

export function usePageActions(): Action[] {
  return useActions((it) => it.actions);
}
