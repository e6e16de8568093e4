/** Paths through the flow: predecessors, successors and durations. */

import type { Elapsed } from "@/entities/flow/nodes/kind";
import { kindOf } from "@/entities/flow/nodes/registry";
import { texts } from "../texts";
import { type Canvas, type CanvasEdge, type CanvasNode, edgeId, settingsOf } from "./canvas";
import { portsOf } from "./titles";

export interface Graph {
  readonly byId: ReadonlyMap<string, CanvasNode>;
  /** In the order of the ports; foreign ports last. */
  readonly out: ReadonlyMap<string, readonly CanvasEdge[]>;
  readonly into: ReadonlyMap<string, readonly CanvasEdge[]>;
}

export function graphOf(canvas: Canvas): Graph {
  const byId = new Map(canvas.nodes.map((it) => [it.id, it]));
  const byEnds = new Map(canvas.edges.map((it) => [edgeId(it), it]));
  const out = new Map<string, CanvasEdge[]>();
  const into = new Map<string, CanvasEdge[]>();
  for (const node of canvas.nodes) {
    const exits = portsOf(node).flatMap(
      (port) => byEnds.get(edgeId({ from: node.id, port })) ?? [],
    );
    out.set(node.id, exits);
    into.set(node.id, []);
  }
  for (const edge of canvas.edges) {
    const exits = out.get(edge.from);
    if (exits && !exits.includes(edge)) {
      exits.push(edge);
    }
  }
  for (const exits of out.values()) {
    for (const edge of exits) {
      into.get(edge.to)?.push(edge);
    }
  }
  return { byId, out, into };
}

/** The exits that leads can take: a condition on a switched-off e-mail always takes no. */
export function exitsFrom(graph: Graph, node: CanvasNode): readonly CanvasEdge[] {
  const exits = graph.out.get(node.id) ?? [];
  return isForegone(graph, node) ? exits.filter((it) => it.port !== "yes") : exits;
}

/** Whether every lead leaves by "no" at once. */
export function isForegone(graph: Graph, node: CanvasNode): boolean {
  const isOff = (id: string) => graph.byId.get(id)?.isOff === true;
  return kindOf(node.type).isForegone?.(settingsOf(node), isOff) ?? false;
}

/** Every node that a lead can have passed before it is at `id`, nearest first. */
export function before(graph: Graph, id: string): CanvasNode[] {
  const seen = new Set([id]);
  const found: CanvasNode[] = [];
  let layer = [id];
  while (layer.length > 0) {
    const next: string[] = [];
    for (const edge of layer.flatMap((it) => graph.into.get(it) ?? [])) {
      const node = graph.byId.get(edge.from);
      if (node && !seen.has(edge.from)) {
        seen.add(edge.from);
        found.push(node);
        next.push(edge.from);
      }
    }
    layer = next;
  }
  return found;
}

/**
 * How long after the start a lead arrives, at the earliest. A condition's no comes at its deadline,
 * its yes at any time before; switched-off nodes take no time.
 */
export function elapsed(graph: Graph): ReadonlyMap<string, Elapsed> {
  const arrivals = new Map<string, Elapsed>();
  const open: [string, Elapsed][] = [...graph.byId.values()]
    .filter((it) => it.type === "start")
    .map((it) => [it.id, { seconds: 0, isExact: true }]);
  while (open.length > 0) {
    // Few nodes are open at once, so a linear search for the earliest is fast enough.
    let place = 0;
    for (let other = 1; other < open.length; other += 1) {
      if ((open[other]?.[1].seconds ?? 0) < (open[place]?.[1].seconds ?? 0)) {
        place = other;
      }
    }
    const [here] = open.splice(place, 1);
    if (!here || arrivals.has(here[0])) {
      continue;
    }
    arrivals.set(here[0], here[1]);
    const node = graph.byId.get(here[0]);
    for (const edge of node ? exitsFrom(graph, node) : []) {
      if (node && !arrivals.has(edge.to)) {
        const isPassed = node.isOff || isForegone(graph, node);
        const leaves = isPassed ? undefined : kindOf(node.type).leaves;
        const around = { here: here[1], arrivalAt: (id: string) => arrivals.get(id) };
        open.push([edge.to, leaves?.(settingsOf(node), edge.port, around) ?? here[1]]);
      }
    }
  }
  return arrivals;
}

/** "day 3", "after 5 h", "from day 3": null at the very start. */
export function elapsedText(value: Elapsed | undefined): string | null {
  if (!value || value.seconds === 0) {
    return null;
  }
  const { seconds } = value;
  const begin = value.isExact ? "" : "from ";
  if (seconds >= 86_400) {
    return texts.day(begin, Math.floor(seconds / 86_400));
  }
  if (seconds >= 3 * 3600) {
    return `${begin}${Math.floor(seconds / 3600)} h`;
  }
  return seconds >= 60 ? `${begin}${Math.floor(seconds / 60)} min` : `${begin}${seconds} s`;
}
