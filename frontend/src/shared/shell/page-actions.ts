"use client";

import { useEffect } from "react";
import { create } from "zustand";

/** The actions of the open page, for the command palette. `keys`: an action's shortcut, if any. */
export interface Action {
  name: string;
  keys?: string;
  act: () => void;
}

const NONE: Action[] = [];

const useActions = create<{ actions: Action[] }>(() => ({ actions: NONE }));

/** Offers these actions while the page is open. Pass the same array while nothing changes. */
export function useOffer(actions: Action[]): void {
  useEffect(() => {
    useActions.setState({ actions });
    return () => useActions.setState({ actions: NONE });
  }, [actions]);
}

export function usePageActions(): Action[] {
  return useActions((it) => it.actions);
}
