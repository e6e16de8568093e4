/**
 * Cards and edges in the form that the canvas library needs.
 *
 * Invariant: what looks the same keeps its object, so that a drag or a keystroke redraws one card
 * and not all.
 */

import { type Edge, type Node, type NodeHandle, Position } from "@xyflow/react";
import { kindOf } from "@/entities/flow/nodes/registry";
import type { Phrase } from "@/entities/flow/phrase";
import { plain } from "@/entities/flow/phrase";
import { classNames } from "@/shared/class-names";
import { type Canvas, type CanvasNode, edgeId, type Note, type Point } from "../model/canvas";
import { elapsed, elapsedText, graphOf } from "../model/graph";
import { CARD, type Layout } from "../model/layout";
import { lineOf, portLabel, portName, portShare, portsOf, titleOf } from "../model/titles";
import { texts } from "../texts";
import { portX } from "./route";

export interface OpenPort {
  port: string;
  label: string | null;
  share: string | null;
}

export type CardData = {
  type: string;
  title: Phrase;
  line: string;
  /** Since the start: "day 3". */
  time: string | null;
  /** Drawn at the lower edge, from the left. */
  ports: readonly string[];
  /** Exits that lead nowhere yet. */
  open: readonly OpenPort[];
  hasEntry: boolean;
  isOff: boolean;
};
export type Card = Node<CardData, "card">;
export type NoteCard = Node<{ note: Note }, "note">;
export type Element = Card | NoteCard;

export type FlowEdgeData = {
  label: string | null;
  /** The share that should take it; the live view shows how many did. */
  share: string | null;
  lane: number | undefined;
  isOnlyEntry: boolean;
  /** For screen readers. */
  name: string;
};
export type FlowEdge = Edge<FlowEdgeData, "connection">;

export interface Drawing {
  cards: readonly { id: string; data: CardData; mark: string }[];
  edges: readonly FlowEdge[];
}

/** The elements to draw for a document; their places are added later. */
export function drawingOf(canvas: Canvas, layout: Layout, isLive: boolean): Drawing {
  const graph = graphOf(canvas);
  const times = elapsed(graph);
  const cards = canvas.nodes.map((node) => {
    const data = cardData(canvas, node, elapsedText(times.get(node.id)), isLive);
    return { id: node.id, data, mark: JSON.stringify(data) };
  });
  const edges = canvas.edges.flatMap((edge): FlowEdge[] => {
    const [from, to] = [graph.byId.get(edge.from), graph.byId.get(edge.to)];
    if (!from || !to) {
      return [];
    }
    return [
      {
        id: edgeId(edge),
        type: "connection",
        source: edge.from,
        target: edge.to,
        sourceHandle: edge.port,
        focusable: false,
        data: {
          label: portName(from, edge.port),
          share: isLive ? null : portShare(from, edge.port),
          lane: layout.lanes.get(edgeId(edge)),
          isOnlyEntry: (graph.into.get(edge.to) ?? []).length === 1,
          name: texts.connectionName(
            plain(titleOf(from, canvas)),
            portLabel(from, edge.port),
            plain(titleOf(to, canvas)),
          ),
        },
      },
    ];
  });
  return { cards, edges };
}

function cardData(
  canvas: Canvas,
  node: CanvasNode,
  time: string | null,
  isLive: boolean,
): CardData {
  const own = portsOf(node);
  const taken = canvas.edges.filter((it) => it.from === node.id).map((it) => it.port);
  return {
    type: node.type,
    title: titleOf(node, canvas),
    line: isLive ? liveLineOf(node, canvas) : lineOf(node, canvas),
    time,
    ports: [...own, ...taken.filter((it) => !own.includes(it))],
    open: own
      .filter((it) => !taken.includes(it))
      .map((port) => ({ port, label: portName(node, port), share: portShare(node, port) })),
    hasEntry: node.type !== "start",
    isOff: node.isOff,
  };
}

/** Without the shares that branches should get: the edges show what they did get. */
function liveLineOf(node: CanvasNode, canvas: Canvas): string {
  const shared = portsOf(node).filter((it) => portShare(node, it) !== null);
  return shared.map((it) => portName(node, it)).join(" · ") || lineOf(node, canvas);
}

export interface Scene {
  canvas: Canvas;
  drawing: Drawing;
  layout: Layout;
  drag: ReadonlyMap<string, Point> | null;
  selection: ReadonlySet<string>;
  isReadOnly: boolean;
}

const ORIGIN: Point = { x: 0, y: 0 };

type MakeElement = (at: Point, selected: boolean) => Element;

interface Made {
  element: Element;
  /** Its source: a card's data, or a note. */
  of: CardData | Note;
  mark: string;
  isReadOnly: boolean;
}

/** Remembers the last objects. */
export class Elements {
  private made = new Map<string, Made>();
  private drawn = new Map<string, { edge: FlowEdge; mark: string }>();

  nodes({ canvas, drawing, layout, drag, selection, isReadOnly }: Scene): Element[] {
    const made = new Map<string, Made>();
    const keep = (id: string, of: Made["of"], mark: string, at: Point, make: MakeElement) => {
      const old = this.made.get(id);
      const selected = selection.has(id);
      const isSame =
        old !== undefined &&
        (old.of === of || (mark !== "" && old.mark === mark)) &&
        old.element.position.x === at.x &&
        old.element.position.y === at.y &&
        old.element.selected === selected &&
        old.isReadOnly === isReadOnly;
      const element = isSame ? old.element : make(at, selected);
      made.set(id, { element, of, mark, isReadOnly });
      return element;
    };
    const notes = canvas.notes.map((note) =>
      keep(note.id, note, "", drag?.get(note.id) ?? note.position, (at, selected) =>
        noteCard(note, at, selected, isReadOnly),
      ),
    );
    const cards = drawing.cards.map(({ id, data, mark }) =>
      keep(id, data, mark, drag?.get(id) ?? layout.places.get(id) ?? ORIGIN, (at, selected) =>
        card(id, data, at, selected, isReadOnly),
      ),
    );
    this.made = made;
    return [...notes, ...cards];
  }

  edges(drawing: Drawing, selected: string | null): FlowEdge[] {
    const edges = new Map<string, { edge: FlowEdge; mark: string }>();
    for (const edge of drawing.edges) {
      const isSelected = edge.id === selected;
      const mark = JSON.stringify([edge, isSelected]);
      const old = this.drawn.get(edge.id);
      edges.set(
        edge.id,
        old?.mark === mark ? old : { edge: { ...edge, selected: isSelected }, mark },
      );
    }
    this.drawn = edges;
    return [...edges.values()].map((it) => it.edge);
  }
}

function card(
  id: string,
  data: CardData,
  position: Point,
  selected: boolean,
  isReadOnly: boolean,
): Card {
  const { ports } = data;
  const { width, height } = CARD;
  const handles: NodeHandle[] = ports.map((port) => ({
    id: port,
    type: "source",
    position: Position.Bottom,
    ...square(portX(ports, port), height),
  }));
  if (data.hasEntry) {
    handles.push({ type: "target", position: Position.Top, ...square(CARD.width / 2, 0) });
  }
  return {
    id,
    type: "card",
    position,
    data,
    selected,
    handles,
    width,
    height,
    measured: { width, height },
    draggable: !isReadOnly,
    connectable: !isReadOnly,
    className: classNames(
      (isReadOnly || data.open.length === 0) && "is-whole",
      data.hasEntry && "has-entry",
      ports.length > 0 && "has-exit",
    ),
    ariaRole: "presentation",
    ariaLabel: kindOf(data.type).name,
  };
}

function noteCard(note: Note, position: Point, selected: boolean, isReadOnly: boolean): NoteCard {
  const size = { width: note.width, height: note.height };
  return {
    id: note.id,
    type: "note",
    position,
    data: { note },
    selected,
    ...size,
    measured: size,
    zIndex: -1,
    draggable: !isReadOnly,
  };
}

const HANDLE = 8;

function square(x: number, y: number) {
  return { x: x - HANDLE / 2, y: y - HANDLE / 2, width: HANDLE, height: HANDLE };
}
