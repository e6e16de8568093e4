/**
 * The automatic layout: top-down, branches side by side in the order of their ports, so that yes is
 * always left of no; the meeting point of branches is centred below them.
 *
 * Invariant: the order of branches follows from the ports alone; no two cards overlap. Every node
 * owns a rectangle that contains everything that is reached only through it (its dominator tree).
 * Rectangles are placed side by side or below each other and never overlap.
 *
 * General graph layouts swap branches to save crossings, which is why none is used here.
 */

import { type Canvas, type CanvasEdge, edgeId, type Point } from "./canvas";
import { dominators, type Forward, forwardOf, ROOT } from "./dominators";
import { type Graph, graphOf } from "./graph";
import { portsOf } from "./titles";

export const CARD = { width: 260, height: 72 } as const;
/** From the top of a row to the next: space for an arrow and a label, or for a "+". */
export const ROW = 112;
const COLUMN_GAP = 48;
/** The width of a branch without nodes; its edge runs straight down to the meeting point. */
const LANE = 88;
/** The width of a branch that ends in a "+", with its name. */
const OPEN = 128;
/** Between a card and a line that passes it. */
const LINE_GAP = 18;
/** How far outside the edges that lead back up run, and the distance between them. */
const LOOP_GAP = 36;
const LOOP_STEP = 12;
const LOOPS_APART = 4;

export interface Layout {
  /** Top left corners. */
  readonly places: ReadonlyMap<string, Point>;
  /** By edge: the x at which it runs past the cards between its ends. */
  readonly lanes: ReadonlyMap<string, number>;
}

/** The place of every card: as placed by hand, otherwise automatic. */
export function layoutOf(canvas: Canvas): Layout {
  const graph = graphOf(canvas);
  const automatic = automaticLayout(graph);
  const places = new Map(automatic.places);
  if (canvas.nodes.some((it) => it.position !== null)) {
    for (const node of canvas.nodes) {
      places.set(node.id, node.position ?? besidePlaced(graph, automatic, node.id));
    }
  }
  const isByHand = (id: string) => graph.byId.get(id)?.position != null;
  const lanes = new Map<string, number>();
  for (const edge of canvas.edges) {
    const lane = automatic.lanes.get(edgeId(edge));
    if (leadsUp(places, edge)) {
      lanes.set(edgeId(edge), outside(places, edge, lanes.size));
    } else if (lane !== undefined && !isByHand(edge.from) && !isByHand(edge.to)) {
      lanes.set(edgeId(edge), lane);
    }
  }
  return { places, lanes };
}

function leadsUp(places: ReadonlyMap<string, Point>, edge: CanvasEdge): boolean {
  return (places.get(edge.to)?.y ?? 0) <= (places.get(edge.from)?.y ?? 0);
}

/** To the right of everything between the ends of an edge that leads back up. */
function outside(places: ReadonlyMap<string, Point>, edge: CanvasEdge, number: number): number {
  const top = places.get(edge.to)?.y ?? 0;
  const bottom = places.get(edge.from)?.y ?? 0;
  const between = [...places.values()].filter(
    (it) => it.y > top - ROW / 2 && it.y < bottom + ROW / 2,
  );
  const right = Math.max(...between.map((it) => it.x + CARD.width));
  return right + LOOP_GAP + (number % LOOPS_APART) * LOOP_STEP;
}

/** The automatic place, shifted like the nearest node above that was moved by hand. */
function besidePlaced(graph: Graph, automatic: Layout, id: string): Point {
  const own = automatic.places.get(id) ?? { x: 0, y: 0 };
  const seen = new Set([id]);
  let layer = [id];
  while (layer.length > 0) {
    const next: string[] = [];
    for (const edge of layer.flatMap((it) => graph.into.get(it) ?? [])) {
      const position = graph.byId.get(edge.from)?.position;
      const was = automatic.places.get(edge.from);
      if (position && was) {
        return { x: own.x + position.x - was.x, y: own.y + position.y - was.y };
      }
      if (!seen.has(edge.from)) {
        seen.add(edge.from);
        next.push(edge.from);
      }
    }
    layer = next;
  }
  return own;
}

interface Part {
  /** null for a lane. */
  id: string | null;
  lane: string | null;
  block: Block;
  x: number;
  row: number;
}

interface Block {
  width: number;
  rows: number;
  /** From the block's left edge to the centre of its head. */
  centre: number;
  parts: Part[];
  /** Lines that continue below the block, to a meeting point outside it. */
  exits: Exit[];
}

interface Exit {
  x: number;
  to: string;
}

const LANE_BLOCK: Block = { width: LANE, rows: 0, centre: LANE / 2, parts: [], exits: [] };
/** A "+" reaches into the next row, where no line may run past it. */
const OPEN_BLOCK: Block = { width: OPEN, rows: 1, centre: OPEN / 2, parts: [], exits: [] };

function automaticLayout(graph: Graph): Layout {
  const forward = forwardOf(graph);
  const parents = dominators(forward);
  const children = new Map<string, string[]>();
  for (const id of forward.order) {
    const parent = parents.get(id);
    if (parent !== undefined && id !== ROOT) {
      const known = children.get(parent);
      if (known) {
        known.push(id);
      } else {
        children.set(parent, [id]);
      }
    }
  }
  const blocks = new Map<string, Block>();
  // Children come after their parent in the order, so going backwards, the parts of every block are
  // ready.
  for (const id of [...forward.order].reverse()) {
    const node = graph.byId.get(id);
    const ports = node ? portsOf(node) : [];
    const inside = children.get(id) ?? [];
    const isTaken = (port: string) => (graph.out.get(id) ?? []).some((it) => it.port === port);
    blocks.set(id, new Arrangement(id, ports, isTaken, forward, inside, blocks).block());
  }
  return placesOf(blocks, graph);
}

function placesOf(blocks: ReadonlyMap<string, Block>, graph: Graph): Layout {
  const places = new Map<string, Point>();
  const lanes = new Map<string, number>();
  const root = blocks.get(ROOT) ?? LANE_BLOCK;
  const open: Part[] = [{ id: ROOT, lane: null, block: root, x: 0, row: -1 }];
  for (let here = open.pop(); here; here = open.pop()) {
    if (here.lane !== null) {
      lanes.set(here.lane, here.x + here.block.centre);
    } else if (here.id !== null && here.id !== ROOT) {
      places.set(here.id, { x: here.x + here.block.centre - CARD.width / 2, y: here.row * ROW });
    }
    for (const part of here.block.parts) {
      open.push({ ...part, x: here.x + part.x, row: here.row + part.row });
    }
  }
  // The start defines the origin: its centre is x 0.
  const start = [...graph.byId.values()].find((it) => it.type === "start");
  const shift = ((start && places.get(start.id)?.x) ?? 0) + CARD.width / 2;
  return {
    places: new Map([...places].map(([id, it]) => [id, { x: it.x - shift, y: it.y }])),
    lanes: new Map([...lanes].map(([id, x]) => [id, x - shift])),
  };
}

interface Column {
  left: number;
  right: number;
  centre: number;
  /** The first free row below, counted from the head. */
  bottom: number;
}

/** One node's block, from those of its children in the dominator tree. */
class Arrangement {
  private readonly parts: Part[] = [];
  private readonly columns: Column[] = [];
  private exits: Exit[] = [];

  constructor(
    private readonly id: string,
    private readonly ports: readonly string[],
    private readonly isTaken: (port: string) => boolean,
    private readonly forward: Forward,
    private readonly children: readonly string[],
    private readonly blocks: ReadonlyMap<string, Block>,
  ) {}

  block(): Block {
    const isOwn = (id: string) => (this.forward.into.get(id) ?? []).length === 1;
    const edges = this.edges();
    for (const edge of edges) {
      if (typeof edge === "string") {
        // Space for a loose end, so that a node that is connected there later is placed there.
        this.addBranch(null, this.isTaken(edge) ? LANE_BLOCK : OPEN_BLOCK, null);
      } else if (isOwn(edge.to)) {
        this.addBranch(edge.to, this.blocks.get(edge.to) ?? LANE_BLOCK, null);
      } else if (edges.length > 1) {
        this.addBranch(null, LANE_BLOCK, edgeId(edge));
        this.exits.push({ x: this.columns.at(-1)?.centre ?? 0, to: edge.to });
      } else {
        this.exits.push({ x: CARD.width / 2, to: edge.to });
      }
    }
    const centre =
      this.columns.length > 0 ? middle(this.columns.map((it) => it.centre)) : CARD.width / 2;
    // Meeting points, in the order in which leads reach them.
    for (const child of this.children) {
      if (!isOwn(child)) {
        this.addMeeting(child);
      }
    }
    return this.closed(centre);
  }

  /** By port from the left; the port itself where nothing follows, or only a line back up. */
  private edges(): (CanvasEdge | string)[] {
    const edges = this.forward.out.get(this.id) ?? [];
    if (this.ports.length === 1 && edges.length === 0 && this.ports.every(this.isTaken)) {
      return [];
    }
    const drawn = this.ports.map((port) => edges.find((it) => it.port === port) ?? port);
    return [...drawn, ...edges.filter((it) => !this.ports.includes(it.port))];
  }

  private addBranch(id: string | null, block: Block, lane: string | null): void {
    const last = this.columns.at(-1);
    this.add(id, lane, block, last ? last.right + COLUMN_GAP : 0, 1);
  }

  private addMeeting(id: string): void {
    const block = this.blocks.get(id) ?? LANE_BLOCK;
    const feeding = this.exits.filter((it) => it.to === id).map((it) => it.x);
    this.exits = this.exits.filter((it) => it.to !== id);
    const left = this.besideLines(middle(feeding) - block.centre, block.width);
    // Edges arrive along the row above, so nothing between the outermost may reach below it.
    const from = Math.min(left, ...feeding);
    const to = Math.max(left + block.width, ...feeding);
    const above = this.columns.filter((it) => it.left < to && it.right > from);
    this.add(id, null, block, left, Math.max(1, ...above.map((it) => it.bottom)));
  }

  /** The place nearest to `left` where no line to a later meeting point runs through the block. */
  private besideLines(left: number, width: number): number {
    const lines = this.exits.map((it) => it.x);
    const isFree = (at: number) =>
      lines.every((x) => x <= at - LINE_GAP + 1 || x >= at + width + LINE_GAP - 1);
    const places = [left, ...lines.flatMap((x) => [x + LINE_GAP, x - LINE_GAP - width])];
    const free = places.filter(isFree).sort((a, b) => Math.abs(a - left) - Math.abs(b - left));
    return free[0] ?? left;
  }

  private add(id: string | null, lane: string | null, block: Block, x: number, row: number): void {
    this.parts.push({ id, lane, block, x, row });
    this.exits.push(...block.exits.map((it) => ({ ...it, x: it.x + x })));
    this.columns.push({
      left: x,
      right: x + block.width,
      centre: x + block.centre,
      bottom: row + block.rows,
    });
  }

  /** Shifts everything so that the leftmost, including the head's card, is at 0. */
  private closed(centre: number): Block {
    const left = Math.min(centre - CARD.width / 2, ...this.columns.map((it) => it.left));
    const right = Math.max(centre + CARD.width / 2, ...this.columns.map((it) => it.right));
    return {
      width: right - left,
      rows: Math.max(1, ...this.columns.map((it) => it.bottom)),
      centre: centre - left,
      parts: this.parts.map((it) => ({ ...it, x: it.x - left })),
      exits: this.exits.map((it) => ({ ...it, x: it.x - left })),
    };
  }
}

function middle(values: readonly number[]): number {
  return values.length > 0 ? (Math.min(...values) + Math.max(...values)) / 2 : 0;
}
