"use client";

import { type MouseEvent as ReactMouseEvent, useCallback, useMemo, useState } from "react";
import { useWorkbench } from "../context";
import type { Point } from "../model/canvas";
import type { Element, FlowEdge } from "./elements";

/** What a right click, or the menu key, opens the menu of. */
export interface Opened {
  readonly at: Point;
  readonly on: "selection" | "edge" | "canvas";
  readonly id: string | null;
}

type Pointed = ReactMouseEvent | MouseEvent;

export function useCanvasMenu() {
  const { editor } = useWorkbench();
  const [menu, setMenu] = useState<Opened | null>(null);
  const handlers = useMemo(() => {
    const open = (event: Pointed, on: Opened["on"], id: string | null) => {
      event.preventDefault();
      setMenu({ at: { x: event.clientX, y: event.clientY }, on, id });
    };
    return {
      onNodeContextMenu: (event: Pointed, { id }: Element) => {
        const { selection, select } = editor.getState();
        if (!selection.has(id)) {
          select([id]);
        }
        open(event, "selection", id);
      },
      onSelectionContextMenu: (event: Pointed) => open(event, "selection", null),
      onEdgeContextMenu: (event: Pointed, { id }: FlowEdge) => {
        editor.getState().selectEdge(id);
        open(event, "edge", id);
      },
      onPaneContextMenu: (event: Pointed) => open(event, "canvas", null),
    };
  }, [editor]);
  const closeMenu = useCallback(() => setMenu(null), []);
  return { menu, closeMenu, ...handlers };
}
