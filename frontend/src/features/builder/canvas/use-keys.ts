"use client";

import { useReactFlow } from "@xyflow/react";
import { useEffect } from "react";
import { useWorkbench } from "../context";
import { edgeAt, nodeOf } from "../model/canvas";
import { portsOf } from "../model/titles";
import type { EditorStore } from "../store";
import { toggleChosen } from "../switch";
import { ARROWS, neighbour } from "./neighbours";
import { FIT } from "./view";

interface Keys {
  /** The element that holds the canvas. */
  canvas: HTMLElement | null;
  openSheet: () => void;
  focusInspector: () => void;
}

/** Every shortcut of the canvas. Keys typed into a field are not shortcuts. */
export function useKeys({ canvas, openSheet, focusInspector }: Keys): void {
  const { editor } = useWorkbench();
  const flow = useReactFlow();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isElsewhere =
        isTyping(event.target) || document.querySelector("[role=dialog], [role=menu]");
      if (event.defaultPrevented || event.altKey || isElsewhere) {
        return;
      }
      if (event.key === "Escape" && isAnything(editor)) {
        editor.getState().select([]);
        event.preventDefault();
        return;
      }
      // A click beside the cards leaves the focus on the page around the canvas.
      const here = document.activeElement;
      const isWithin =
        canvas !== null && (canvas.contains(here) || (here?.contains(canvas) ?? true));
      const isDone =
        event.ctrlKey || event.metaKey
          ? command(editor, event, isWithin)
          : view(event.key, flow, openSheet) ||
            (isWithin && node(editor, event, canvas, focusInspector));
      if (isDone) {
        event.preventDefault();
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [editor, flow, canvas, openSheet, focusInspector]);
}

function isAnything(editor: EditorStore): boolean {
  const { selection, selectedEdge } = editor.getState();
  return selection.size > 0 || selectedEdge !== null;
}

/** Keys act on the card that is ringed, whether or not it is selected. */
function chooseRinged(editor: EditorStore): void {
  const here = document.activeElement;
  const id = here instanceof HTMLElement && here.matches(":focus-visible") && here.dataset.card;
  if (id && !editor.getState().selection.has(id)) {
    editor.getState().select([id]);
  }
}

function command(editor: EditorStore, event: KeyboardEvent, isWithin: boolean): boolean {
  const { undo, redo, selectAll, duplicate } = editor.getState();
  switch (event.key.toLowerCase()) {
    case "z":
      (event.shiftKey ? redo : undo)();
      return true;
    case "y":
      redo();
      return true;
    case "a":
      if (isWithin) {
        selectAll();
      }
      return isWithin;
    case "d":
      if (isWithin) {
        chooseRinged(editor);
        duplicate();
      }
      return isWithin;
    default:
      return false;
  }
}

function view(key: string, flow: ReturnType<typeof useReactFlow>, openSheet: () => void): boolean {
  switch (key) {
    case "1":
      void flow.fitView(FIT);
      return true;
    case "0":
      void flow.zoomTo(1, { duration: 160 });
      return true;
    case "+":
    case "=":
      void flow.zoomIn({ duration: 120 });
      return true;
    case "-":
      void flow.zoomOut({ duration: 120 });
      return true;
    case "?":
      openSheet();
      return true;
    default:
      return false;
  }
}

function node(
  editor: EditorStore,
  event: KeyboardEvent,
  canvas: HTMLElement | null,
  focusInspector: () => void,
): boolean {
  const state = editor.getState();
  const { focus, selection } = state;
  const present = state.history.present;
  const isOnCard =
    document.activeElement instanceof HTMLElement && "card" in document.activeElement.dataset;
  const direction = ARROWS[event.key];
  if (direction && focus !== null && isOnCard) {
    const next = selection.has(focus)
      ? neighbour(present, state.layout.places, focus, direction)
      : focus;
    if (next !== null) {
      state.goTo(next);
    }
    return true;
  }
  switch (event.key) {
    case "Tab":
      return (
        !event.shiftKey &&
        isOnCard &&
        focus !== null &&
        selection.size === 1 &&
        selection.has(focus) &&
        openPickerAt(editor, focus, canvas)
      );
    case "Enter":
      if (isOnCard && focus !== null) {
        state.select([focus]);
        focusInspector();
      }
      return isOnCard;
    case "Delete":
    case "Backspace":
      chooseRinged(editor);
      state.removeSelected();
      return true;
    case "d":
    case "D":
      chooseRinged(editor);
      toggleChosen(editor);
      return true;
    case "F2":
      chooseRinged(editor);
      state.setRenaming(editor.getState().selection.size === 1);
      return true;
    default:
      return false;
  }
}

/** At the first open exit, otherwise at the first exit. */
function openPickerAt(editor: EditorStore, id: string, canvas: HTMLElement | null): boolean {
  const { history, openPicker, isReadOnly } = editor.getState();
  const source = nodeOf(history.present, id);
  const ports = source ? portsOf(source) : [];
  const port = ports.find((it) => !edgeAt(history.present, id, it)) ?? ports[0];
  const card = canvas?.querySelector(`[data-card="${CSS.escape(id)}"]`);
  if (port === undefined || !card || isReadOnly) {
    return false;
  }
  const { left, bottom } = card.getBoundingClientRect();
  openPicker({ from: id, port, at: { x: left, y: bottom + 8 } });
  return true;
}

export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("input, textarea, select"))
  );
}
