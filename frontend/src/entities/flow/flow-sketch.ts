/** The places of a flow's nodes in a thumbnail. Pure, and tolerant of broken flows. */

export interface SketchNode {
  id: string;
  type: string;
  isOff: boolean;
  /** Columns and rows, not pixels; a column may be fractional (a half). */
  column: number;
  row: number;
}

export interface SketchLine {
  from: SketchNode;
  to: SketchNode;
}

export interface Sketch {
  nodes: SketchNode[];
  lines: SketchLine[];
  columns: number;
  rows: number;
}

const NODES_MAX = 200;

interface Link {
  from: string;
  to: string;
}

/** `flow`: nodes and connections in the current spelling; anything else is left out. */
export function sketch(flow: { nodes?: unknown; connections?: unknown }): Sketch {
  const { types, off } = readNodes(flow.nodes);
  const links = readLinks(flow.connections, types);
  const rowOf = rows(types, links);
  const placed = new Map<string, SketchNode>();
  const byRow = new Map<number, string[]>();
  for (const id of inReadingOrder(types, links)) {
    const row = rowOf.get(id) ?? 0;
    byRow.set(row, [...(byRow.get(row) ?? []), id]);
  }
  const columns = Math.max(1, ...[...byRow.values()].map((it) => it.length));
  for (const [row, ids] of byRow) {
    ids.forEach((id, place) => {
      const column = (columns - ids.length) / 2 + place;
      placed.set(id, { id, type: types.get(id) ?? "", isOff: off.has(id), column, row });
    });
  }
  const lines = links.flatMap(({ from, to }) => {
    const start = placed.get(from);
    const end = placed.get(to);
    return start && end ? [{ from: start, to: end }] : [];
  });
  return { nodes: [...placed.values()], lines, columns, rows: Math.max(1, byRow.size) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readNodes(nodes: unknown): { types: Map<string, string>; off: Set<string> } {
  const types = new Map<string, string>();
  const off = new Set<string>();
  for (const node of Array.isArray(nodes) ? nodes.slice(0, NODES_MAX) : []) {
    if (isRecord(node) && typeof node.id === "string") {
      types.set(node.id, typeof node.type === "string" ? node.type : "");
      if (node.disabled === true) {
        off.add(node.id);
      }
    }
  }
  return { types, off };
}

/** Yes left of no; branches in the order of the document. */
function readLinks(connections: unknown, types: Map<string, string>): Link[] {
  const found: (Link & { port: string })[] = [];
  for (const it of Array.isArray(connections) ? connections : []) {
    if (
      isRecord(it) &&
      typeof it.from_node === "string" &&
      typeof it.to_node === "string" &&
      types.has(it.from_node) &&
      types.has(it.to_node)
    ) {
      found.push({ from: it.from_node, to: it.to_node, port: String(it.from_port ?? "next") });
    }
  }
  return found.sort((a, b) => Number(a.port === "no") - Number(b.port === "no"));
}

/** A node lies below everything that leads to it; a link that closes a loop does not count. */
function rows(types: Map<string, string>, links: Link[]): Map<string, number> {
  const after = targets(links);
  const depth = new Map<string, number>();
  const open = new Set<string>();
  const order: string[] = [];
  const forward: Link[] = [];
  const visit = (id: string) => {
    open.add(id);
    for (const next of after.get(id) ?? []) {
      if (open.has(next)) {
        continue;
      }
      forward.push({ from: id, to: next });
      if (!depth.has(next)) {
        visit(next);
      }
    }
    open.delete(id);
    depth.set(id, 0);
    order.push(id);
  };
  for (const id of types.keys()) {
    if (!depth.has(id)) {
      visit(id);
    }
  }
  const forwardOf = targets(forward);
  for (const id of order.reverse()) {
    for (const next of forwardOf.get(id) ?? []) {
      depth.set(next, Math.max(depth.get(next) ?? 0, (depth.get(id) ?? 0) + 1));
    }
  }
  return depth;
}

function inReadingOrder(types: Map<string, string>, links: Link[]): string[] {
  const after = targets(links);
  const seen = new Set<string>();
  const queue = [...types.keys()].filter((id) => types.get(id) === "start");
  const all = [...queue, ...types.keys()];
  for (const root of all) {
    const reached = seen.has(root) ? [] : [root];
    for (let id = reached.shift(); id !== undefined; id = reached.shift()) {
      if (!seen.has(id)) {
        seen.add(id);
        reached.push(...(after.get(id) ?? []));
      }
    }
  }
  return [...seen];
}

function targets(links: Link[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { from, to } of links) {
    found.set(from, [...(found.get(from) ?? []), to]);
  }
  return found;
}
