"use client";

import type { NodeType } from "@/entities/flow/document";
import { isNodeType, kindOf } from "@/entities/flow/nodes/registry";
import { portsOf } from "../model/titles";
import { texts } from "../texts";
import "@xyflow/react/dist/base.css";
import "./canvas.css";
import {
  type Connection,
  type FinalConnectionState,
  MarkerType,
  MiniMap,
  type NodeChange,
  Panel,
  ReactFlow,
  SelectionMode,
  useReactFlow,
  useStore,
  type Viewport,
} from "@xyflow/react";
import {
  type Dispatch,
  type DragEvent,
  type RefObject,
  type SetStateAction,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { classNames } from "@/shared/class-names";
import { useStored } from "@/shared/shell/use-stored";
import { useCanvas, useEditor, useWorkbench } from "../context";
import { useIsLive } from "../live/use-live";
import type { Point } from "../model/canvas";
import { CARD } from "../model/layout";
import { ConnectionEdge, LabelsContext } from "./connection-edge";
import { Controls } from "./controls";
import { Dots } from "./dots";
import { drawingOf, type Element, Elements, type FlowEdge } from "./elements";
import { NodeCard } from "./node-card";
import { NoteCard } from "./note-card";
import { DRAG_KIND, Palette } from "./palette";
import { Picker } from "./picker";
import { Shortcuts } from "./shortcuts";
import { StartersShown } from "./starters-shown";
import { useClipboard } from "./use-clipboard";
import { useKeys } from "./use-keys";
import { DRAWN_MAX, FAR, firstView } from "./view";

const NODE_TYPES = { card: NodeCard, note: NoteCard };
const EDGE_TYPES = { connection: ConnectionEdge };
const ARROW = {
  type: MarkerType.ArrowClosed,
  width: 22,
  height: 22,
  color: "var(--line-strong)",
  // Edges get thicker in the live view, their arrows do not.
  markerUnits: "userSpaceOnUse",
};
const EDGE_DEFAULTS = { markerEnd: ARROW };
const ADDS = ["Shift", "Control", "Meta"];

export function FlowCanvas({ onInspect }: { onInspect: () => void }) {
  const box = useRef<HTMLElement>(null);
  const [host, setHost] = useState<HTMLElement | null>(null);
  const [isSheetOpen, setIsSheetOpen] = useState(false);
  const { nodes, edges, changes, isDragging } = useElements();
  const isReadOnly = useEditor((it) => it.isReadOnly);
  const dropping = useDropping(box);
  const linking = useLinking();
  const openSheet = useCallback(() => setIsSheetOpen(true), []);
  useKeys({ canvas: host, openSheet, focusInspector: onInspect });
  useClipboard();
  useFocus(host);
  useSeen(host);
  const isFar = useStore((it) => it.transform[2] < FAR);
  const clicks = useClicks();
  const { isPanned, ...panning } = usePanning();
  const [map, setMap] = useStored("map", "shown");
  const adding = useAdding(box);
  const begin = useBegin(box);
  const [labels, setLabels] = useState<globalThis.Element | null>(null);
  useEffect(() => {
    setLabels(host?.querySelector(".react-flow__edgelabel-renderer") ?? null);
  }, [host]);
  return (
    <section
      aria-label={texts.flow}
      ref={(element) => {
        box.current = element;
        setHost(element);
      }}
      className={classNames(
        "relative min-w-0 flex-1",
        isFar && "is-far",
        (isDragging || isPanned) && "is-moving",
      )}
      {...dropping}
    >
      <LabelsContext value={labels}>
        <ReactFlow<Element, FlowEdge>
          nodes={nodes}
          edges={edges}
          nodeTypes={NODE_TYPES}
          edgeTypes={EDGE_TYPES}
          defaultEdgeOptions={EDGE_DEFAULTS}
          onNodesChange={changes}
          {...linking}
          {...clicks}
          {...panning}
          onNodeDoubleClick={onInspect}
          deleteKeyCode={null}
          multiSelectionKeyCode={ADDS}
          selectionKeyCode="Shift"
          selectionMode={SelectionMode.Partial}
          panActivationKeyCode="Space"
          disableKeyboardA11y
          nodesFocusable={false}
          edgesFocusable={false}
          edgesReconnectable={false}
          nodesConnectable={!isReadOnly}
          elevateNodesOnSelect={false}
          zoomOnDoubleClick={false}
          nodeDragThreshold={3}
          onlyRenderVisibleElements={nodes.length > DRAWN_MAX}
          minZoom={0.1}
          maxZoom={2}
          onInit={begin}
          connectionRadius={40}
          attributionPosition="bottom-center"
        >
          <Dots />
          {isReadOnly ? null : (
            <Panel position="top-left">
              <Palette onAdd={adding.add} onNote={adding.note} />
            </Panel>
          )}
          <Panel position="bottom-left">
            <Controls
              onHelp={openSheet}
              isMapShown={map === "shown"}
              onMap={() => setMap(map === "shown" ? "hidden" : "shown")}
            />
          </Panel>
          {map === "shown" ? (
            <MiniMap
              position="bottom-right"
              pannable
              zoomable
              ariaLabel={texts.map}
              nodeBorderRadius={4}
              style={{ width: 144, height: 96 }}
              className="box-content overflow-hidden rounded-card border border-line"
            />
          ) : null}
        </ReactFlow>
      </LabelsContext>
      <StartersShown />
      <Picker />
      <Shortcuts isOpen={isSheetOpen} onClose={() => setIsSheetOpen(false)} />
    </section>
  );
}

function useElements() {
  const canvas = useCanvas();
  const layout = useEditor((it) => it.layout);
  // The places of dragged cards during the drag; nothing else needs them.
  const [drag, setDrag] = useState<ReadonlyMap<string, Point> | null>(null);
  const changes = useChanges(setDrag);
  const selection = useEditor((it) => it.selection);
  const selectedEdge = useEditor((it) => it.selectedEdge);
  const isReadOnly = useEditor((it) => it.isReadOnly);
  const isLive = useIsLive();
  const [elements] = useState(() => new Elements());
  const drawing = useMemo(() => drawingOf(canvas, layout, isLive), [canvas, layout, isLive]);
  const nodes = useMemo(
    () => elements.nodes({ canvas, drawing, layout, drag, selection, isReadOnly }),
    [elements, canvas, drawing, layout, drag, selection, isReadOnly],
  );
  const edges = useMemo(
    () => elements.edges(drawing, selectedEdge),
    [elements, drawing, selectedEdge],
  );
  return { nodes, edges, changes, isDragging: drag !== null };
}

/** A small flow completely; of a long one, the beginning at a readable size. */
function useBegin(box: RefObject<HTMLElement | null>) {
  const { editor } = useWorkbench();
  return useCallback(
    (flow: { setViewport: (viewport: Viewport) => unknown }) => {
      const size = box.current?.getBoundingClientRect();
      const places = [...editor.getState().layout.places.values()];
      if (!size || places.length === 0) {
        return;
      }
      flow.setViewport(firstView(size, places));
    },
    [editor, box],
  );
}

/** Passes the library's reports on drags, selection and sizes to the store. */
function useChanges(setDrag: Dispatch<SetStateAction<ReadonlyMap<string, Point> | null>>) {
  const { editor } = useWorkbench();
  const isDragged = useRef(false);
  return useCallback(
    (changes: NodeChange<Element>[]) => {
      const state = editor.getState();
      const dragged = new Map<string, Point>();
      const dropped = new Map<string, Point>();
      let selection: Set<string> | null = null;
      for (const change of changes) {
        if (change.type === "select") {
          selection ??= new Set(state.selection);
          selection[change.selected ? "add" : "delete"](change.id);
        } else if (change.type === "position" && change.position) {
          (change.dragging ? dragged : dropped).set(change.id, change.position);
        } else if (change.type === "dimensions" && change.setAttributes && change.dimensions) {
          const { width, height } = change.dimensions;
          state.changeNote(change.id, { width: Math.round(width), height: Math.round(height) });
        }
      }
      if (selection) {
        state.select(selection);
      }
      if (dragged.size > 0) {
        isDragged.current = true;
        setDrag((drag) => new Map([...(drag ?? []), ...dragged]));
      }
      // A press without a move ends as a drop in the same place.
      if (dropped.size > 0 && isDragged.current) {
        isDragged.current = false;
        setDrag(null);
        state.drop(dropped);
      }
    },
    [editor, setDrag],
  );
}

/** Handlers keep their identity, because a new one redraws every edge with each move of a
 * dragged card. */
function useClicks() {
  const { editor } = useWorkbench();
  return useMemo(
    () => ({
      onEdgeClick: (_: unknown, edge: FlowEdge) => editor.getState().selectEdge(edge.id),
      onPaneClick: () => editor.getState().select([]),
    }),
    [editor],
  );
}

/** Only once it moves: a press without a move is a click on what lies under it. */
function usePanning() {
  const [isPanned, setIsPanned] = useState(false);
  const onMove = useCallback(() => setIsPanned(true), []);
  const onMoveEnd = useCallback(() => setIsPanned(false), []);
  return { isPanned, onMove, onMoveEnd };
}

/** Connections drawn by mouse from port to card; if dropped on empty canvas, the picker opens
 * there. */
function useLinking() {
  const { editor } = useWorkbench();
  const onConnect = useCallback(
    ({ source, sourceHandle, target }: Connection) =>
      editor.getState().connect({ from: source, port: sourceHandle ?? "next" }, target),
    [editor],
  );
  const onConnectEnd = useCallback(
    (event: MouseEvent | TouchEvent, state: FinalConnectionState) => {
      const { fromHandle, toNode, fromNode } = state;
      if (toNode || !fromNode || fromHandle?.type !== "source" || !("clientX" in event)) {
        return;
      }
      editor.getState().openPicker({
        from: fromNode.id,
        port: fromHandle.id ?? "next",
        at: { x: event.clientX, y: event.clientY },
      });
    },
    [editor],
  );
  return { onConnect, onConnectEnd };
}

/** From the palette: onto an edge or a "+" (insert there), onto a card (add after it), or
 * anywhere. */
function useDropping(box: RefObject<HTMLElement | null>) {
  const { editor } = useWorkbench();
  const { screenToFlowPosition } = useReactFlow();
  const marked = useRef<Element_ | null>(null);
  const mark = (element: Element_ | null) => {
    marked.current?.classList.remove("is-target");
    element?.classList.add("is-target");
    marked.current = element;
  };
  const onDragOver = (event: DragEvent) => {
    if (event.dataTransfer.types.includes(DRAG_KIND) && !editor.getState().isReadOnly) {
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
      mark(under(event)?.closest(".react-flow__edge") ?? null);
    }
  };
  const onDrop = (event: DragEvent) => {
    const type = event.dataTransfer.getData(DRAG_KIND);
    mark(null);
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

type Element_ = globalThis.Element;

function under(event: DragEvent): Element_ | null {
  return document.elementFromPoint(event.clientX, event.clientY);
}

/** A click in the palette: after the selected node, otherwise at the first loose end. */
function useAdding(box: RefObject<HTMLElement | null>) {
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

/** After a key: the card has the focus and is visible. */
function useFocus(host: HTMLElement | null): void {
  const { editor } = useWorkbench();
  const requests = useEditor((it) => it.focusRequests);
  const { getZoom, setCenter } = useReactFlow();
  useEffect(() => {
    const { focus, layout } = editor.getState();
    if (requests === 0 || focus === null || !host) {
      return;
    }
    const place = layout.places.get(focus);
    const name = CSS.escape(focus);
    const reach = () =>
      host.querySelector<HTMLElement>(`[data-card="${name}"], [data-note="${name}"]`);
    // A card that was just added is drawn one frame later.
    const frame = requestAnimationFrame(() => {
      const card = reach();
      card?.focus({ preventScroll: true });
      if (place && !(card && isSeen(card, host))) {
        const centre = { x: place.x + CARD.width / 2, y: place.y + CARD.height / 2 };
        void setCenter(centre.x, centre.y, { zoom: getZoom(), duration: 160 }).then(() =>
          reach()?.focus({ preventScroll: true }),
        );
      }
    });
    return () => cancelAnimationFrame(frame);
  }, [requests, editor, host, getZoom, setCenter]);
}

/** The inspector takes up space; the selected node must stay in view. */
function useSeen(host: HTMLElement | null): void {
  const { editor } = useWorkbench();
  const only = useEditor((it) => (it.selection.size === 1 ? [...it.selection][0] : undefined));
  const { getZoom, setCenter } = useReactFlow();
  const isOpen = only !== undefined;
  useEffect(() => {
    const { focus, layout } = editor.getState();
    const place = focus === null ? undefined : layout.places.get(focus);
    if (!isOpen || !place || !host) {
      return;
    }
    const frame = requestAnimationFrame(() => {
      const card = host.querySelector<HTMLElement>(`[data-card="${CSS.escape(focus ?? "")}"]`);
      if (card && !isSeen(card, host)) {
        void setCenter(place.x + CARD.width / 2, place.y + CARD.height / 2, {
          zoom: getZoom(),
          duration: 160,
        });
      }
    });
    return () => cancelAnimationFrame(frame);
  }, [isOpen, editor, host, getZoom, setCenter]);
}

function isSeen(card: HTMLElement, host: HTMLElement): boolean {
  const [inner, outer] = [card.getBoundingClientRect(), host.getBoundingClientRect()];
  return (
    inner.left >= outer.left &&
    inner.right <= outer.right &&
    inner.top >= outer.top &&
    inner.bottom <= outer.bottom
  );
}
