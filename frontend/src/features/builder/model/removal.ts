/**
 * Removing nodes: what then follows what, and which branch of a condition or split stays.
 *
 * Invariant: what can no longer be reached because its branch was given up goes too; what was loose
 * before stays.
 */
import { type Canvas, type CanvasEdge, type CanvasNode, edgeAt } from "./canvas";
import { portLabel, portsOf } from "./titles";

/** By removed node: the port whose branch stays; null if none does. */
export type Choices = ReadonlyMap<string, string | null>;

export interface Branch {
  readonly port: string;
  readonly label: string;
  /** Where it begins. */
  readonly to: CanvasNode;
  /** The nodes that only this branch leads to, in its order. */
  readonly own: readonly CanvasNode[];
}

/** Which of its branches stays if the node is removed? */
export interface Question {
  readonly node: CanvasNode;
  readonly branches: readonly Branch[];
}

/** The first question that removing these nodes raises; null if all are answered. */
export function questionOf(
  canvas: Canvas,
  ids: ReadonlySet<string>,
  choices: Choices,
): Question | null {
  for (const node of goneOf(canvas, ids)) {
    const ports = portsOf(node);
    const isFollowed = canvas.edges.some((it) => it.to === node.id && it.from !== node.id);
    if (choices.has(node.id) || ports.length < 2 || !isFollowed) {
      continue;
    }
    const branches = ports.flatMap((port): Branch[] => {
      const next = edgeAt(canvas, node.id, port)?.to;
      const to = canvas.nodes.find((it) => it.id === next);
      return to && to !== node && !ids.has(to.id)
        ? [{ port, label: portLabel(node, port) ?? port, to, own: onlyBy(canvas, node.id, port) }]
        : [];
    });
    if (new Set(branches.map((it) => it.to.id)).size > 1) {
      return { node, branches };
    }
  }
  return null;
}

/**
 * Removes nodes and notes. Connections to a removed node lead on to the branch that stays, by
 * default the first; a start stays.
 */
export function remove(
  canvas: Canvas,
  ids: ReadonlySet<string>,
  choices: Choices = new Map(),
): Canvas {
  const gone = goneOf(canvas, ids);
  const notes = canvas.notes.filter((it) => !ids.has(it.id));
  if (gone.length === 0 && notes.length === canvas.notes.length) {
    return canvas;
  }
  let edges = canvas.edges;
  for (const node of gone) {
    const chosen = choices.get(node.id);
    const ports =
      chosen === undefined ? portsOf(node) : portsOf(node).filter((it) => it === chosen);
    const exit = ports
      .map((port) => edges.find((it) => it.from === node.id && it.port === port))
      .find((it) => it && it.to !== node.id);
    edges = edges.flatMap((it) => {
      if (it.from === node.id) {
        return [];
      }
      if (it.to !== node.id) {
        return [it];
      }
      return exit ? [{ ...it, to: exit.to }] : [];
    });
  }
  // This may connect a node to itself, if a loop lost all its other nodes.
  edges = edges.filter((it) => it.from !== it.to);
  const nodes = canvas.nodes.filter((it) => !gone.includes(it));
  if (choices.size === 0) {
    return { ...canvas, nodes, edges, notes };
  }
  const before = reached(canvas, canvas.edges);
  const after = reached(canvas, edges);
  const stays = (id: string) => !before.has(id) || after.has(id);
  return {
    ...canvas,
    nodes: nodes.filter((it) => stays(it.id)),
    edges: edges.filter((it) => stays(it.from) && stays(it.to)),
    notes,
  };
}

function goneOf(canvas: Canvas, ids: ReadonlySet<string>): CanvasNode[] {
  return canvas.nodes.filter((it) => ids.has(it.id) && it.type !== "start");
}

function onlyBy(canvas: Canvas, id: string, port: string): CanvasNode[] {
  const left = canvas.edges.filter((it) => it.from !== id || it.port !== port);
  const without = reached(canvas, left);
  const order = [...reached(canvas, canvas.edges)].filter((it) => !without.has(it));
  return order.flatMap((it) => canvas.nodes.find((node) => node.id === it) ?? []);
}

/** From the starts, nearest first. */
function reached(canvas: Canvas, edges: readonly CanvasEdge[]): Set<string> {
  const after = new Map<string, string[]>();
  for (const { from, to } of edges) {
    const known = after.get(from);
    if (known) {
      known.push(to);
    } else {
      after.set(from, [to]);
    }
  }
  const seen = new Set(canvas.nodes.filter((it) => it.type === "start").map((it) => it.id));
  for (const here of seen) {
    for (const next of after.get(here) ?? []) {
      seen.add(next);
    }
  }
  return seen;
}
