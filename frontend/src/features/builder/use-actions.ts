"use client";

import { useReactFlow } from "@xyflow/react";
import { useMemo } from "react";
import { type Action, useOffer } from "@/shared/shell/page-actions";
import { FIT } from "./canvas/view";
import { useEditor, useSaver, useWorkbench } from "./context";
import { useExports } from "./exports";
import { useIsLive } from "./live/use-live";
import { toggleChosen, useSwitchLabel } from "./switch";

/** What the command palette can do on this page. */
export function useActions(): void {
  const { live, editor } = useWorkbench();
  const flow = useReactFlow();
  const isLive = useIsLive();
  const isReadOnly = useEditor((it) => it.isReadOnly);
  const version = useSaver((it) => it.kept.campaign.version);
  const undo = useEditor((it) => it.undo);
  const redo = useEditor((it) => it.redo);
  const tidy = useEditor((it) => it.tidy);
  const selectAll = useEditor((it) => it.selectAll);
  const switchLabel = useSwitchLabel();
  const { asJson, asPicture } = useExports();
  const actions = useMemo(() => {
    const offered: Action[] = [
      { name: "See all of the flow", keys: "1", act: () => void flow.fitView(FIT) },
    ];
    if (version > 0) {
      offered.push({
        name: isLive ? "Show the flow for editing" : "Show live counts",
        act: () => live.setState({ isOn: !isLive, path: null }),
      });
    }
    if (!isLive && !isReadOnly) {
      offered.push(
        { name: "Undo", keys: "Ctrl Z", act: undo },
        { name: "Redo", keys: "Ctrl Shift Z", act: redo },
        { name: "Tidy up the flow", act: tidy },
        { name: "Choose all nodes", keys: "Ctrl A", act: selectAll },
      );
      if (switchLabel) {
        const name = `${switchLabel} what is chosen`;
        offered.push({ name, keys: "D", act: () => toggleChosen(editor) });
      }
    }
    offered.push(
      { name: "Export as JSON", act: asJson },
      { name: "Export as picture", act: asPicture },
    );
    return offered;
  }, [
    flow,
    live,
    editor,
    isLive,
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
