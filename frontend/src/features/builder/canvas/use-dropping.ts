"use client";

/** What comes from the palette: dragged onto the canvas, or clicked. */
import { useReactFlow } from "@xyflow/react";
import { type DragEvent, type RefObject, useCallback, useRef } from "react";
import type { NodeType } from "@/entities/flow/document";
import { isNodeType, kindOf } from "@/entities/flow/nodes/registry";
import { useWorkbench } from "../context";
import { CARD } from "../model/layout";
import { portsOf } from "../model/titles";
import { DRAG_KIND } from "./rail";

/** From the palette: onto an edge or a "+" (insert there), onto a card (add after it), or
 * anywhere. */
export function useDropping(box: RefObject<HTMLElement | null>) {
  const { editor } = useWorkbench();
  const { screenToFlowPosition } = useReactFlow();
  const marked = useRef<Element | null>(null);
  const mark = (element: Element | null) => {
    marked.current?.classList.remove("is-target");
    element?.classList.add("is-target");
    marked.current = element;
  };
  const onDragOver = (event: DragEvent) => {
    if (event.dataTransfer.types.includes(DRAG_KIND) && !editor.getState().isReadOnly) {
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
      mark(under(event)?.closest(".react-flow__edge, [data-port], .react-flow__node-card") ?? null);
    }
  };
  const onDrop = (event: DragEvent) => {
    const type = event.dataTransfer.getData(DRAG_KIND);
    mark(null);
    editor.getState().setPlacing(false);
    if (!type || !box.current || editor.getState().isReadOnly) {
      return;
    }
    event.preventDefault();
    const { insertAt, insertFree, addNote, history } = editor.getState();
    const at = screenToFlowPosition({ x: event.clientX, y: event.clientY });
    if (type === "note") {
      addNote(at);
      return;
    }
    if (!isNodeType(type)) {
      return;
    }
    const target = under(event);
    const port =
      target?.closest<HTMLElement>("[data-port]")?.dataset.port ??
      target?.closest<HTMLElement>(".react-flow__edge")?.dataset.id;
    const card = target?.closest<HTMLElement>("[data-card]")?.dataset.card;
    const node = history.present.nodes.find((it) => it.id === card);
    const first = node && portsOf(node)[0];
    if (port !== undefined) {
      const cut = port.indexOf("/");
      insertAt({ from: port.slice(0, cut), port: port.slice(cut + 1) }, type);
    } else if (node && first !== undefined) {
      insertAt({ from: node.id, port: first }, type);
    } else {
      insertFree(type, { x: at.x - CARD.width / 2, y: at.y - CARD.height / 2 });
    }
  };
  return { onDragOver, onDrop, onDragLeave: () => mark(null) };
}

function under(event: DragEvent): Element | null {
  return document.elementFromPoint(event.clientX, event.clientY);
}

/** A click in the palette: after the selected node, otherwise at the first loose end. */
export function useAdding(box: RefObject<HTMLElement | null>) {
  const { editor } = useWorkbench();
  const { screenToFlowPosition } = useReactFlow();
  const middle = useCallback(() => {
    const size = box.current?.getBoundingClientRect();
    return screenToFlowPosition({
      x: (size?.left ?? 0) + (size?.width ?? 0) / 2,
      y: (size?.top ?? 0) + (size?.height ?? 0) / 2,
    });
  }, [box, screenToFlowPosition]);
  const add = useCallback(
    (type: NodeType) => {
      const { history, selection, insertAt, insertFree } = editor.getState();
      const { nodes, edges } = history.present;
      const isTaken = (from: string, port: string) =>
        edges.some((it) => it.from === from && it.port === port);
      const chosen = nodes.filter((it) => selection.has(it.id));
      const from = chosen.length > 0 ? chosen : nodes;
      const open = from
        .flatMap((it) => portsOf(it).map((port) => ({ from: it.id, port })))
        .find((it) => !isTaken(it.from, it.port));
      const first = chosen[0];
      const port = first && kindOf(first.type).ports(first.configuration ?? {})[0];
      if (open) {
        insertAt(open, type);
      } else if (first && port !== undefined) {
        insertAt({ from: first.id, port }, type);
      } else {
        const at = middle();
        insertFree(type, { x: at.x - CARD.width / 2, y: at.y });
      }
    },
    [editor, middle],
  );
  const note = useCallback(() => editor.getState().addNote(middle()), [editor, middle]);
  return { add, note };
}
