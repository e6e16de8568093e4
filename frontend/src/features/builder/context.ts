"use client";

/** The state that the parts of an open campaign share. */
import { createContext, useContext } from "react";
import { useStore } from "zustand";
import type { LiveStore } from "./live/live-store";
import type { Canvas } from "./model/canvas";
import type { Finding, Saver, SaverState } from "./save/saver";
import type { Editor, EditorStore } from "./store";

export interface Workbench {
  readonly campaignId: string;
  readonly editor: EditorStore;
  readonly saver: Saver;
  readonly live: LiveStore;
}

export const WorkbenchContext = createContext<Workbench | null>(null);

export function useWorkbench(): Workbench {
  const workbench = useContext(WorkbenchContext);
  if (!workbench) {
    throw new Error("This part works only inside an open campaign.");
  }
  return workbench;
}

export function useEditor<T>(choose: (editor: Editor) => T): T {
  return useStore(useWorkbench().editor, choose);
}

export function useCanvas(): Canvas {
  return useEditor((it) => it.history.present);
}

export function useSaver<T>(choose: (saver: SaverState) => T): T {
  return useStore(useWorkbench().saver.store, choose);
}

const NONE: readonly Finding[] = [];

/** The API's findings about one node. */
export function useFindingsOf(id: string): readonly Finding[] {
  const findings = useSaver((it) => it.findings);
  const own = findings.filter((it) => it.node_id === id);
  return own.length > 0 ? own : NONE;
}
