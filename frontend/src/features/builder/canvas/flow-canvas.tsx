"use client";

import { texts } from "../texts";
import "@xyflow/react/dist/base.css";
import "./canvas.css";
import { type NodeChange, ReactFlow, SelectionMode, useStore } from "@xyflow/react";
import {
  type Dispatch,
  lazy,
  type SetStateAction,
  Suspense,
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
import { ConnectionEdge, LabelsContext } from "./connection-edge";
import { ConnectionLine } from "./connection-line";
import { Controls } from "./controls";
import { Dots } from "./dots";
import { drawingOf, type Element, Elements, type FlowEdge } from "./elements";
import { NodeCard } from "./node-card";
import { NoteCard } from "./note-card";
import { Picker } from "./picker";
import { Rail } from "./rail";
import { Shortcuts } from "./shortcuts";
import { StartersShown } from "./starters-shown";
import { useCanvasMenu } from "./use-canvas-menu";
import { useClipboard } from "./use-clipboard";
import { useAdding, useDropping } from "./use-dropping";
import { useKeys } from "./use-keys";
import { useLinking } from "./use-linking";
import { useBegin, useShown } from "./use-view";
import { boundsOf, DRAWN_MAX, FAR, fits } from "./view";

// Not needed to see and draw a flow.
const CanvasMenu = lazy(async () => ({ default: (await import("./canvas-menu")).CanvasMenu }));
const RemoveDialog = lazy(async () => ({
  default: (await import("./remove-dialog")).RemoveDialog,
}));

const NODE_TYPES = { card: NodeCard, note: NoteCard };
const EDGE_TYPES = { connection: ConnectionEdge };
const ADDS = ["Shift", "Control", "Meta"];

/** Named in the about dialog instead of on the canvas, where it would cover cards. */
const PRO = { hideAttribution: true };

export function FlowCanvas({ onInspect }: { onInspect: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  const [host, setHost] = useState<HTMLElement | null>(null);
  const [whole, setWhole] = useState<HTMLElement | null>(null);
  const [isSheetOpen, setIsSheetOpen] = useState(false);
  const { nodes, edges, changes, isDragging } = useElements();
  const isReadOnly = useEditor((it) => it.isReadOnly);
  const dropping = useDropping(box);
  const { loose, ...linking } = useLinking();
  const openSheet = useCallback(() => setIsSheetOpen(true), []);
  useKeys({ canvas: whole, openSheet, focusInspector: onInspect });
  useClipboard();
  useShown(host);
  useOrigin(host, loose?.from);
  const isFar = useStore((it) => it.transform[2] < FAR);
  const clicks = useClicks();
  const removal = useEditor((it) => it.removal);
  const { menu, closeMenu, ...menus } = useCanvasMenu();
  const { isPanned, ...panning } = usePanning();
  const [map, setMap] = useStored("map", "shown");
  const isCramped = useIsCramped();
  const adding = useAdding(box);
  const begin = useBegin(box);
  const [labels, setLabels] = useState<globalThis.Element | null>(null);
  useEffect(() => {
    setLabels(host?.querySelector(".react-flow__edgelabel-renderer") ?? null);
  }, [host]);
  return (
    <section aria-label={texts.flow} ref={setWhole} className="flex min-w-0 flex-1">
      <Rail onAdd={adding.add} onNote={adding.note} hasMap={map === "shown" && isCramped} />
      <div className="flex min-w-0 flex-1 flex-col">
        <div
          ref={(element) => {
            box.current = element;
            setHost(element);
          }}
          className={classNames(
            "relative min-h-0 flex-1",
            isFar && "is-far",
            (isDragging || isPanned) && "is-moving",
            loose && (loose.port === null ? "is-linking-back" : "is-linking"),
          )}
          {...dropping}
        >
          <LabelsContext value={labels}>
            <ReactFlow<Element, FlowEdge>
              nodes={nodes}
              edges={edges}
              nodeTypes={NODE_TYPES}
              edgeTypes={EDGE_TYPES}
              onNodesChange={changes}
              {...linking}
              {...clicks}
              {...(isReadOnly ? {} : menus)}
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
              connectOnClick={false}
              connectionLineComponent={ConnectionLine}
              // Where a connection may end is decided by `takerAt`.
              connectionRadius={0}
              isValidConnection={nowhere}
              elevateNodesOnSelect={false}
              panOnScroll
              panOnScrollSpeed={1}
              zoomOnDoubleClick={false}
              nodeDragThreshold={3}
              onlyRenderVisibleElements={nodes.length > DRAWN_MAX}
              minZoom={0.1}
              maxZoom={2}
              onInit={begin}
              proOptions={PRO}
            >
              <Dots />
            </ReactFlow>
          </LabelsContext>
          <StartersShown />
        </div>
        <Controls
          onHelp={openSheet}
          isMapShown={map === "shown"}
          onMap={() => setMap(map === "shown" ? "hidden" : "shown")}
        />
      </div>
      <Picker />
      <Suspense>
        {menu ? <CanvasMenu opened={menu} onClose={closeMenu} onInspect={onInspect} /> : null}
        {removal ? <RemoveDialog key={removal.question.node.id} removal={removal} /> : null}
      </Suspense>
      <Shortcuts isOpen={isSheetOpen} onClose={() => setIsSheetOpen(false)} />
    </section>
  );
}

const nowhere = () => false;

/** Whether the canvas is too small for the whole flow at the present zoom: only then a map helps. */
function useIsCramped(): boolean {
  const places = useEditor((it) => it.layout.places);
  const bounds = useMemo(() => boundsOf(places.values()), [places]);
  return useStore((it) => it.width > 0 && !fits(it, bounds, it.transform[2]));
}

/** The card that a connection is drawn from is the one that does not take it. */
function useOrigin(host: HTMLElement | null, id: string | undefined): void {
  useEffect(() => {
    if (id === undefined) {
      return;
    }
    const card = host?.querySelector(`.react-flow__node[data-id="${CSS.escape(id)}"]`);
    card?.setAttribute("data-origin", "");
    return () => card?.removeAttribute("data-origin");
  }, [host, id]);
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
