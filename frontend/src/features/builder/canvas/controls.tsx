"use client";

import { useReactFlow, useStore } from "@xyflow/react";
import {
  Keyboard,
  Map as MapIcon,
  Maximize,
  Minus,
  Plus,
  Redo2,
  Undo2,
  Workflow,
} from "lucide-react";
import type { ReactNode } from "react";
import { ToastRoom } from "@/shared/shell/toast-room";
import { useEditor } from "../context";
import { texts } from "../texts";
import { FIT } from "./view";

const HEIGHT_PX = 40;

const BUTTON =
  "flex size-8 shrink-0 items-center justify-center rounded-control text-ink-soft transition-colors duration-150 hover:bg-sunken hover:text-ink disabled:opacity-40";

/** Zoom, undo, tidy up, help: in a strip below the canvas, where they cover nothing. */
export function Controls({
  onHelp,
  isMapShown,
  onMap,
}: {
  onHelp: () => void;
  isMapShown: boolean;
  onMap: () => void;
}) {
  const flow = useReactFlow();
  const zoom = useStore((it) => Math.round(it.transform[2] * 100));
  const canUndo = useEditor((it) => it.history.past.length > 0);
  const canRedo = useEditor((it) => it.history.future.length > 0);
  const isReadOnly = useEditor((it) => it.isReadOnly);
  const isByHand = useEditor((it) => it.history.present.nodes.some((node) => node.position));
  const undo = useEditor((it) => it.undo);
  const redo = useEditor((it) => it.redo);
  const tidy = useEditor((it) => it.tidy);
  return (
    <div className="flex h-10 shrink-0 items-center gap-0.5 overflow-x-auto border-line border-t bg-surface px-2">
      <ToastRoom side="bottom" px={HEIGHT_PX} />
      <Tool name={texts.zoomOut} act={() => void flow.zoomOut({ duration: 120 })}>
        <Minus size={16} />
      </Tool>
      <button
        type="button"
        title={texts.fullSize}
        aria-label={texts.zoomTo(zoom)}
        className="h-8 w-12 shrink-0 rounded-control text-caption text-ink-soft tabular-nums hover:bg-sunken"
        onClick={() => void flow.zoomTo(1, { duration: 160 })}
      >
        {zoom} %
      </button>
      <Tool name={texts.zoomIn} act={() => void flow.zoomIn({ duration: 120 })}>
        <Plus size={16} />
      </Tool>
      <Tool name={texts.seeAll} act={() => void flow.fitView(FIT)}>
        <Maximize size={16} />
      </Tool>
      {isReadOnly ? null : (
        <>
          <span aria-hidden className="mx-1 h-5 w-px shrink-0 bg-line" />
          <Tool name={texts.undoKeys} act={undo} isOff={!canUndo}>
            <Undo2 size={16} />
          </Tool>
          <Tool name={texts.redoKeys} act={redo} isOff={!canRedo}>
            <Redo2 size={16} />
          </Tool>
          <button
            type="button"
            disabled={!isByHand}
            title={texts.tidyHint}
            onClick={tidy}
            className="flex h-8 shrink-0 items-center gap-1.5 whitespace-nowrap rounded-control px-2 text-dense text-ink-soft transition-colors duration-150 hover:bg-sunken hover:text-ink disabled:opacity-40"
          >
            <Workflow size={16} aria-hidden /> {texts.tidyUp}
          </button>
        </>
      )}
      <span aria-hidden className="mx-1 h-5 w-px shrink-0 bg-line" />
      <span className="max-md:hidden">
        <Tool name={isMapShown ? texts.hideMap : texts.showMap} act={onMap}>
          <MapIcon size={16} />
        </Tool>
      </span>
      <Tool name={texts.shortcutsKeys} act={onHelp}>
        <Keyboard size={16} />
      </Tool>
    </div>
  );
}

function Tool({
  name,
  act,
  isOff = false,
  children,
}: {
  name: string;
  act: () => void;
  isOff?: boolean;
  children: ReactNode;
}) {
  return (
    <button
      type="button"
      className={BUTTON}
      title={name}
      aria-label={name}
      disabled={isOff}
      onClick={act}
    >
      {children}
    </button>
  );
}
