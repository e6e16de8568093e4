"use client";

/** What the canvas shows when it opens, and after each change. */
import { useReactFlow, type Viewport } from "@xyflow/react";
import { type RefObject, useCallback, useEffect } from "react";
import { useEditor, useWorkbench } from "../context";
import { firstView, revealed } from "./view";

const DURATION_MS = 160;

export function useBegin(box: RefObject<HTMLElement | null>) {
  const { editor } = useWorkbench();
  return useCallback(
    (flow: { setViewport: (viewport: Viewport) => unknown }) => {
      const size = box.current?.getBoundingClientRect();
      const { layout, focus } = editor.getState();
      const places = [...layout.places.values()];
      const start = layout.places.get(focus ?? "") ?? places[0];
      if (size && start) {
        flow.setViewport(firstView(size, places, start));
      }
    },
    [editor, box],
  );
}

/** Moves the view as little as possible, so that nothing that is added, chosen by key or changed
 * by undo is cut off. */
export function useShown(host: HTMLElement | null): void {
  const { editor } = useWorkbench();
  const requests = useEditor((it) => it.focusRequests);
  const shown = useEditor((it) => it.shown);
  const isOpen = useEditor((it) => it.selection.size === 1);
  const { getViewport, setViewport } = useReactFlow();
  const reveal = useCallback(
    async (id: string | null) => {
      const { layout, history } = editor.getState();
      const note = history.present.notes.find((it) => it.id === id);
      const place = note?.position ?? layout.places.get(id ?? "");
      if (host && place) {
        const view = getViewport();
        const next = revealed(host.getBoundingClientRect(), view, place);
        if (next !== view) {
          await setViewport(next, { duration: DURATION_MS });
        }
      }
    },
    [editor, host, getViewport, setViewport],
  );
  // After a key: the card has the focus, too.
  useEffect(() => {
    const { focus } = editor.getState();
    if (requests === 0 || focus === null || !host) {
      return;
    }
    const name = CSS.escape(focus);
    const reach = () =>
      host
        .querySelector<HTMLElement>(`[data-card="${name}"], [data-note="${name}"]`)
        ?.focus({ preventScroll: true });
    // A card that was just added, or that is far away, is drawn later.
    const frame = requestAnimationFrame(() => {
      reach();
      void reveal(focus).then(reach);
    });
    return () => cancelAnimationFrame(frame);
  }, [requests, editor, host, reveal]);
  useEffect(() => {
    if (!shown) {
      return;
    }
    const frame = requestAnimationFrame(() => void reveal(shown.id));
    return () => cancelAnimationFrame(frame);
  }, [shown, reveal]);
  // The inspector takes up space; the selected node must stay in view.
  useEffect(() => {
    if (!isOpen) {
      return;
    }
    const frame = requestAnimationFrame(() => void reveal(editor.getState().focus));
    return () => cancelAnimationFrame(frame);
  }, [isOpen, editor, reveal]);
}
