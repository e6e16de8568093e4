/**
 * Converts between the draft in the API and the canvas.
 *
 * Invariant: `fromCanvas(toCanvas(draft).canvas)` equals a draft in the engine's spelling, key for
 * key. Broken or foreign drafts are repaired, and `repairs` reports each repair; nothing throws.
 */

import {
  isEmpty,
  isRecord,
  type Json,
  listOf,
  numberOf,
  recordOf,
  textOf,
  without,
} from "@/shared/json";
import { texts } from "../texts";
import {
  type Canvas,
  type CanvasEdge,
  type CanvasNode,
  edgeId,
  NOTE_SIZE,
  type Note,
  PORT_DEFAULT,
  type Point,
} from "./canvas";

export interface Draft {
  nodes: unknown[];
  connections?: unknown[];
  zone?: string;
  layout?: Record<string, unknown>;
}

export interface Opened {
  canvas: Canvas;
  /** The repairs, in words; empty for a draft in the engine's spelling. */
  repairs: string[];
}

const ID = /^[A-Za-z0-9_:-]{1,64}$/;
const SHOWN_MAX = 40;

export function toCanvas(document: unknown): Opened {
  const repairs: string[] = [];
  if (!isRecord(document)) {
    repairs.push(texts.noFlow);
  }
  const draft = recordOf(document);
  const layout = recordOf(draft.layout);
  const renamed = new Map<string, string>();
  const nodes = readNodes(draft.nodes, recordOf(layout.nodes), renamed, repairs);
  const edges = readEdges(draft.connections, nodes, renamed, repairs);
  const canvas: Canvas = {
    nodes,
    edges,
    notes: readNotes(layout.notes, repairs),
    zone: typeof draft.zone === "string" ? draft.zone : null,
    layout: withoutRead(layout, nodes),
  };
  return { canvas, repairs };
}

/** The layout without the data that nodes and notes now hold. */
function withoutRead(layout: Json, nodes: readonly CanvasNode[]): Json {
  const known = new Set(nodes.map((it) => it.id));
  const others = Object.fromEntries(
    Object.entries(recordOf(layout.nodes)).filter(([id]) => !known.has(id)),
  );
  const rest = without(layout, "nodes", "notes");
  return isEmpty(others) ? rest : { ...rest, nodes: others };
}

function readNodes(
  value: unknown,
  places: Json,
  renamed: Map<string, string>,
  repairs: string[],
): CanvasNode[] {
  const taken = new Set<string>();
  const nodes: CanvasNode[] = [];
  if (value !== undefined && !Array.isArray(value)) {
    repairs.push(texts.nodesNoList);
  }
  listOf(value).forEach((item, place) => {
    if (!isRecord(item)) {
      repairs.push(texts.nodeNoObject(place + 1));
      return;
    }
    const written = textOf(item.id);
    const isValid = ID.test(written) && !taken.has(written);
    const id = isValid ? written : freeId(textOf(item.type, "node"), taken);
    if (!isValid) {
      repairs.push(
        taken.has(written) ? texts.sameId(shown(written), id) : texts.noId(place + 1, id),
      );
      if (written && !taken.has(written)) {
        renamed.set(written, id);
      }
    }
    taken.add(id);
    if (typeof item.type !== "string") {
      repairs.push(texts.noType(id));
    }
    if (item.configuration !== undefined && !isRecord(item.configuration)) {
      repairs.push(texts.settingsNoObject(id));
    }
    if (item.disabled !== undefined && typeof item.disabled !== "boolean") {
      repairs.push(texts.offNeither(id));
    }
    const kept = {
      ...recordOf(places[written]),
      ...without(item, "id", "type", "configuration", "disabled", "position"),
    };
    nodes.push({
      id,
      type: textOf(item.type, "unknown"),
      configuration: isRecord(item.configuration) ? item.configuration : null,
      isOff: item.disabled === true,
      position: pointOf(item.position) ?? pointOf(kept.position),
      kept: pointOf(kept.position) ? without(kept, "position") : kept,
    });
  });
  if (nodes.length === 0) {
    repairs.push(texts.startAdded);
    nodes.push({
      id: "start",
      type: "start",
      configuration: null,
      isOff: false,
      position: null,
      kept: {},
    });
  }
  return nodes;
}

function readEdges(
  value: unknown,
  nodes: readonly CanvasNode[],
  renamed: ReadonlyMap<string, string>,
  repairs: string[],
): CanvasEdge[] {
  const known = new Set(nodes.map((it) => it.id));
  const taken = new Set<string>();
  const edges: CanvasEdge[] = [];
  listOf(value).forEach((item, place) => {
    const link = recordOf(item);
    const nameOf = (end: unknown) => renamed.get(textOf(end)) ?? textOf(end);
    const edge: CanvasEdge = {
      from: nameOf(link.from_node),
      port: textOf(link.from_port, PORT_DEFAULT) || PORT_DEFAULT,
      to: nameOf(link.to_node),
      isPortWritten: typeof link.from_port === "string",
    };
    if (!known.has(edge.from) || !known.has(edge.to)) {
      repairs.push(texts.loose(place + 1));
    } else if (taken.has(edgeId(edge))) {
      repairs.push(texts.twice(edge.from, edge.port));
    } else {
      taken.add(edgeId(edge));
      edges.push(edge);
    }
  });
  return edges;
}

function readNotes(value: unknown, repairs: string[]): Note[] {
  const taken = new Set<string>();
  const notes: Note[] = [];
  for (const item of listOf(value)) {
    const at = isRecord(item) ? pointOf(item.position) : null;
    if (!isRecord(item) || !at) {
      repairs.push(texts.noteNoPlace);
      continue;
    }
    const written = textOf(item.id);
    const id = written && !taken.has(written) ? written : freeId("note", taken);
    taken.add(id);
    notes.push({
      id,
      text: textOf(item.text),
      position: at,
      width: numberOf(item.width, NOTE_SIZE.width),
      height: numberOf(item.height, NOTE_SIZE.height),
      kept: without(item, "id", "text", "position", "width", "height"),
    });
  }
  return notes;
}

export function fromCanvas(canvas: Canvas): Draft {
  const places: Record<string, unknown> = { ...recordOf(canvas.layout.nodes) };
  for (const node of canvas.nodes) {
    const place = node.position ? { ...node.kept, position: { ...node.position } } : node.kept;
    if (!isEmpty(place)) {
      places[node.id] = place;
    }
  }
  const notes = canvas.notes.map((it) => ({
    ...it.kept,
    id: it.id,
    text: it.text,
    position: { ...it.position },
    width: it.width,
    height: it.height,
  }));
  const layout = {
    ...without(canvas.layout, "nodes"),
    ...(isEmpty(places) ? {} : { nodes: places }),
    ...(notes.length > 0 ? { notes } : {}),
  };
  return {
    nodes: canvas.nodes.map((it) => ({
      id: it.id,
      type: it.type,
      ...(it.configuration ? { configuration: it.configuration } : {}),
      ...(it.isOff ? { disabled: true } : {}),
    })),
    connections: canvas.edges.map((it) => ({
      from_node: it.from,
      to_node: it.to,
      ...(it.isPortWritten || it.port !== PORT_DEFAULT ? { from_port: it.port } : {}),
    })),
    ...(canvas.zone === null ? {} : { zone: canvas.zone }),
    ...(isEmpty(layout) ? {} : { layout }),
  };
}

/** `stem`, or `stem-2`, `stem-3` … if that is taken. Always a valid id. */
export function freeId(stem: string, taken: ReadonlySet<string>): string {
  const clean = stem.replace(/[^A-Za-z0-9_:-]+/g, "-").slice(0, 56) || "node";
  for (let number = 1; ; number += 1) {
    const id = `${clean}-${number}`;
    if (!taken.has(id)) {
      return id;
    }
  }
}

function pointOf(value: unknown): Point | null {
  const { x, y } = recordOf(value);
  const isPoint = typeof x === "number" && typeof y === "number";
  return isPoint && Number.isFinite(x) && Number.isFinite(y) ? { x, y } : null;
}

function shown(text: string): string {
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}
