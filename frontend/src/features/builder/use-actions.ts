"use client";

import { useReactFlow } from "@xyflow/react";
import { useMemo } from "react";
import { type Action, useOffer } from "@/shared/shell/page-actions";
import { FIT } from "./canvas/view";
import { useEditor, useSaver, useWorkbench } from "./context";
import { useExports } from "./exports";
import { useIsLive } from "./live/use-live";
import { useResultsShown } from "./results/use-results-shown";
import { toggleChosen, useSwitchLabel } from "./switch";
import { texts } from "./texts";

/** What the command palette can do on this page. */
export function useActions(): void {
  const { live, editor } = useWorkbench();
  const flow = useReactFlow();
  const isLive = useIsLive();
  const [isResults, showResults] = useResultsShown();
  const isReadOnly = useEditor((it) => it.isReadOnly);
  const version = useSaver((it) => it.kept.campaign.version);
  const undo = useEditor((it) => it.undo);
  const redo = useEditor((it) => it.redo);
  const tidy = useEditor((it) => it.tidy);
  const selectAll = useEditor((it) => it.selectAll);
  const switchLabel = useSwitchLabel();
  const { asJson, asPicture } = useExports();
  const actions = useMemo(() => {
    const offered: Action[] = [];
    const showFlow = (isOn: boolean) => {
      showResults(false);
      live.setState({ isOn, path: null });
    };
    if (!isResults) {
      offered.push({ name: texts.fit, keys: "1", act: () => void flow.fitView(FIT) });
    }
    if (version > 0) {
      if (isLive || isResults) {
        offered.push({ name: texts.showEdit, act: () => showFlow(false) });
      }
      if (!isLive || isResults) {
        offered.push({ name: texts.showLive, act: () => showFlow(true) });
      }
      if (!isResults) {
        offered.push({ name: texts.showResults, act: () => showResults(true) });
      }
    }
    if (!isLive && !isResults && !isReadOnly) {
      offered.push(
        { name: texts.undo, keys: "Ctrl Z", act: undo },
        { name: texts.redo, keys: "Ctrl Shift Z", act: redo },
        { name: texts.tidyFlow, act: tidy },
        { name: texts.chooseAllNodes, keys: "Ctrl A", act: selectAll },
      );
      if (switchLabel) {
        const name = texts.ofSelection(switchLabel);
        offered.push({ name, keys: "D", act: () => toggleChosen(editor) });
      }
    }
    offered.push({ name: texts.exportJson, act: asJson });
    if (!isResults) {
      offered.push({ name: texts.exportPicture, act: asPicture });
    }
    return offered;
  }, [
    flow,
    live,
    editor,
    isLive,
    isResults,
    showResults,
    isReadOnly,
    version,
    undo,
    redo,
    tidy,
    selectAll,
    switchLabel,
    asJson,
    asPicture,
  ]);
  useOffer(actions);
}
