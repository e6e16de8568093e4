/**
 * Edits of a flow: each takes a canvas and returns another, or the same one if there is nothing to
 * do. Only a drag sets positions by hand, so most commands never touch them.
 */

import type { Configuration, NodeType } from "@/entities/flow/document";
import { kindOf } from "@/entities/flow/nodes/registry";
import { without } from "@/shared/json";
import {
  type Canvas,
  type CanvasEdge,
  type CanvasNode,
  edgeAt,
  NOTE_SIZE,
  type Note,
  PORT_DEFAULT,
  type Point,
} from "./canvas";
import { freeId } from "./codec";
import { before, graphOf } from "./graph";
import { ROW } from "./layout";
import { portsOf } from "./titles";

export interface Made {
  readonly canvas: Canvas;
  /** What to select afterwards. */
  readonly ids: readonly string[];
}

export interface Port {
  readonly from: string;
  readonly port: string;
}

function idsOf(canvas: Canvas): Set<string> {
  return new Set([...canvas.nodes, ...canvas.notes].map((it) => it.id));
}

function edge(from: string, port: string, to: string): CanvasEdge {
  return { from, port, to, isPortWritten: port !== PORT_DEFAULT };
}

/** A new node after a port: the node that followed there now follows the new one. */
export function insertAt(canvas: Canvas, at: Port, type: NodeType): Made {
  const graph = graphOf(canvas);
  const source = graph.byId.get(at.from);
  const upstream = source ? [source, ...before(graph, at.from)] : [];
  const emails = upstream.filter((it) => it.type === "sendEmail");
  const email = (emails.find((it) => !it.isOff) ?? emails[0])?.id ?? null;
  const made = newNode(canvas, type, email, null);
  return placed(canvas, at, made);
}

/** A new node that nothing leads to, where it was dropped. */
export function insertFree(canvas: Canvas, type: NodeType, position: Point): Made {
  const node = newNode(canvas, type, null, position);
  return { canvas: { ...canvas, nodes: [...canvas.nodes, node] }, ids: [node.id] };
}

function newNode(
  canvas: Canvas,
  type: NodeType,
  email: string | null,
  position: Point | null,
): CanvasNode {
  const kind = kindOf(type);
  return {
    id: freeId(kind.stem, idsOf(canvas)),
    type,
    configuration: kind.initial(email),
    isOff: false,
    position,
    kept: {},
  };
}

function placed(canvas: Canvas, at: Port, node: CanvasNode): Made {
  const old = edgeAt(canvas, at.from, at.port);
  const exit = portsOf(node)[0];
  const edges = canvas.edges.filter((it) => it !== old);
  edges.push(edge(at.from, at.port, node.id));
  if (old && exit !== undefined) {
    edges.push(edge(node.id, exit, old.to));
  }
  const roomy = old && exit !== undefined ? withRoomAbove(canvas, old.to) : canvas;
  return {
    canvas: { ...roomy, nodes: [...roomy.nodes, node], edges },
    ids: [node.id],
  };
}

/** Nodes placed by hand at and below `id` move down a row to make room for a new one. */
function withRoomAbove(canvas: Canvas, id: string): Canvas {
  const graph = graphOf(canvas);
  const top = graph.byId.get(id)?.position?.y;
  if (top === undefined) {
    return canvas;
  }
  const below = new Set([id]);
  for (const here of below) {
    for (const exit of graph.out.get(here) ?? []) {
      below.add(exit.to);
    }
  }
  return {
    ...canvas,
    nodes: canvas.nodes.map((it) =>
      it.position && below.has(it.id) && it.position.y >= top
        ? { ...it, position: { x: it.position.x, y: it.position.y + ROW } }
        : it,
    ),
  };
}

/** Connect a port to a node, or to nothing. The start has no entry. */
export function connect(canvas: Canvas, at: Port, to: string | null): Canvas {
  const target = canvas.nodes.find((it) => it.id === to);
  const old = edgeAt(canvas, at.from, at.port);
  if (old?.to === to || (to !== null && (!target || target.type === "start"))) {
    return canvas;
  }
  const edges = canvas.edges.filter((it) => it !== old);
  if (to !== null) {
    edges.push(edge(at.from, at.port, to));
  }
  return edges.length === canvas.edges.length && !old && to === null
    ? canvas
    : { ...canvas, edges };
}

export function move(canvas: Canvas, places: ReadonlyMap<string, Point>): Canvas {
  const at = <T extends CanvasNode | Note>(it: T): T => {
    const position = places.get(it.id);
    const rounded = position && { x: Math.round(position.x), y: Math.round(position.y) };
    return rounded ? { ...it, position: rounded } : it;
  };
  return { ...canvas, nodes: canvas.nodes.map(at), notes: canvas.notes.map(at) };
}

/** Back to the automatic layout, all of it. */
export function tidy(canvas: Canvas): Canvas {
  return canvas.nodes.every((it) => it.position === null)
    ? canvas
    : {
        ...canvas,
        nodes: canvas.nodes.map((it) => (it.position ? { ...it, position: null } : it)),
      };
}

/**
 * Removes connections of ports that the configuration no longer has; a port that was only renamed
 * keeps its connection.
 */
export function configure(canvas: Canvas, id: string, configuration: Configuration): Canvas {
  const old = canvas.nodes.find((it) => it.id === id);
  if (!old || old.configuration === configuration) {
    return canvas;
  }
  const node: CanvasNode = { ...old, configuration };
  const nodes = canvas.nodes.map((it) => (it === old ? node : it));
  const [was, now] = [portsOf(old), portsOf(node)];
  if (was.join("/") === now.join("/")) {
    return { ...canvas, nodes };
  }
  const renamed = new Map(
    was.length === now.length ? was.map((port, place) => [port, now[place] ?? port]) : [],
  );
  const edges = canvas.edges.flatMap((it) => {
    if (it.from !== id) {
      return [it];
    }
    const port = now.includes(it.port) ? it.port : renamed.get(it.port);
    return port !== undefined && now.includes(port) ? [edge(id, port, it.to)] : [];
  });
  return { ...canvas, nodes, edges };
}

/** What toggling the switch does to these nodes: null if none of them has a switch. */
export function switching(canvas: Canvas, ids: ReadonlySet<string>): "off" | "on" | null {
  const chosen = canvas.nodes.filter((it) => ids.has(it.id));
  if (chosen.some((it) => kindOf(it.type).canBeOff && !it.isOff)) {
    return "off";
  }
  return chosen.some((it) => it.isOff) ? "on" : null;
}

/** Switches off if any of these is on, otherwise on; skips those that cannot be switched off. */
export function toggle(canvas: Canvas, ids: ReadonlySet<string>): Canvas {
  const to = switching(canvas, ids);
  if (to === null) {
    return canvas;
  }
  const isOff = to === "off";
  const changes = (it: CanvasNode) =>
    ids.has(it.id) && it.isOff !== isOff && (!isOff || kindOf(it.type).canBeOff);
  return { ...canvas, nodes: canvas.nodes.map((it) => (changes(it) ? { ...it, isOff } : it)) };
}

/** An empty `name` restores the node's automatic title. */
export function rename(canvas: Canvas, id: string, name: string): Canvas {
  return {
    ...canvas,
    nodes: canvas.nodes.map((it) =>
      it.id === id
        ? { ...it, kept: name.trim() ? { ...it.kept, name } : without(it.kept, "name") }
        : it,
    ),
  };
}

export function setZone(canvas: Canvas, zone: string | null): Canvas {
  return canvas.zone === zone ? canvas : { ...canvas, zone };
}

export function addNote(canvas: Canvas, position: Point): Made {
  const id = freeId("note", idsOf(canvas));
  const note: Note = { id, text: "", position, ...NOTE_SIZE, kept: {} };
  return { canvas: { ...canvas, notes: [...canvas.notes, note] }, ids: [id] };
}

export function changeNote(
  canvas: Canvas,
  id: string,
  change: Partial<Pick<Note, "text" | "width" | "height">>,
): Canvas {
  return {
    ...canvas,
    notes: canvas.notes.map((it) => (it.id === id ? { ...it, ...change } : it)),
  };
}
