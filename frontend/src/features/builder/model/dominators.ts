/**
 * Finds which nodes can only be reached through which: the skeleton of the automatic layout.
 *
 * Invariant: loops are cut where a depth-first walk in port order meets its own path again, so the
 * same flow is always cut at the same edges.
 */
import type { CanvasEdge } from "./canvas";
import type { Graph } from "./graph";

/** The root above the start and all other nodes without an entry. Node ids cannot contain a
 * space. */
export const ROOT = " root";

export interface Forward {
  /** Topological, the root first. */
  readonly order: readonly string[];
  /** Successors without the edges that lead back; in port order. */
  readonly out: ReadonlyMap<string, readonly CanvasEdge[]>;
  readonly into: ReadonlyMap<string, readonly CanvasEdge[]>;
}

export function forwardOf(graph: Graph): Forward {
  const roots = [...graph.byId.values()]
    .filter((it) => it.type === "start" || (graph.into.get(it.id) ?? []).length === 0)
    .sort((left, right) => Number(right.type === "start") - Number(left.type === "start"))
    .map((it) => it.id);
  const out = new Map<string, CanvasEdge[]>([[ROOT, []]]);
  const isOpen = new Map<string, boolean>();
  const finished: string[] = [];
  const begin = (id: string) => {
    isOpen.set(id, true);
    out.set(id, []);
    return { id, next: 0 };
  };
  for (const root of [...roots, ...graph.byId.keys()]) {
    if (isOpen.has(root)) {
      continue;
    }
    out.get(ROOT)?.push({ from: ROOT, port: root, to: root, isPortWritten: false });
    const stack = [begin(root)];
    for (let here = stack.at(-1); here; here = stack.at(-1)) {
      const edge = graph.out.get(here.id)?.[here.next];
      here.next += 1;
      if (!edge) {
        isOpen.set(here.id, false);
        finished.push(here.id);
        stack.pop();
      } else if (isOpen.get(edge.to) !== true) {
        out.get(here.id)?.push(edge);
        if (!isOpen.has(edge.to)) {
          stack.push(begin(edge.to));
        }
      }
    }
  }
  const into = new Map<string, CanvasEdge[]>([...out.keys()].map((id) => [id, []]));
  for (const edge of [...out.values()].flat()) {
    into.get(edge.to)?.push(edge);
  }
  return { order: [ROOT, ...finished.reverse()], out, into };
}

/** The immediate dominator of each node (Cooper, Harvey and Kennedy; one pass: no loops are left). */
export function dominators({ order, out }: Forward): ReadonlyMap<string, string> {
  const place = new Map(order.map((id, index) => [id, index]));
  const parents = new Map<string, string>([[ROOT, ROOT]]);
  const depth = (id: string) => place.get(id) ?? 0;
  const meet = (one: string, other: string): string => {
    let [left, right] = [one, other];
    while (left !== right) {
      if (depth(left) > depth(right)) {
        left = parents.get(left) ?? ROOT;
      } else {
        right = parents.get(right) ?? ROOT;
      }
    }
    return left;
  };
  for (const id of order) {
    for (const edge of out.get(id) ?? []) {
      const known = parents.get(edge.to);
      parents.set(edge.to, known === undefined ? id : meet(known, id));
    }
  }
  return parents;
}
