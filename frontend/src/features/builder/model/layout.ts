/**
 * The automatic layout: top-down, branches side by side in the order of their ports, so that yes
 * is always left of no; where branches meet again, the meeting point lies centred below them.
 *
 * Invariant: the order of branches follows from the ports alone; no two cards overlap. Every node
 * owns a rectangle that holds all that is reached only through it (its dominator tree), and
 * rectangles are put side by side or below each other, never into one another.
 *
 * General graph layouts swap branches to save crossings, which is why none is used here.
 */
import { type Canvas, type CanvasEdge, edgeId, type Point } from "./canvas";
import { dominators, type Forward, forwardOf, ROOT } from "./dominators";
import { type Graph, graphOf } from "./graph";

export const CARD = { width: 260, height: 72 } as const;
/** From the top of a row to the next: room for the counts of the live view and a "+". */
export const ROW = 148;
const COLUMN_GAP = 48;
/** The room of a branch without nodes, whose edge runs straight down to the meeting point. */
const LANE = 56;

export interface Layout {
  /** Top left corners. */
  readonly places: ReadonlyMap<string, Point>;
  /** By edge: the x along which it runs down beside what lies between. */
  readonly lanes: ReadonlyMap<string, number>;
}

/** Where every card lies: by hand where it was put by hand, else automatically. */
export function layoutOf(canvas: Canvas): Layout {
  const graph = graphOf(canvas);
  const automatic = automaticLayout(graph);
  if (canvas.nodes.every((it) => it.position === null)) {
    return automatic;
  }
  const places = new Map<string, Point>();
  for (const node of canvas.nodes) {
    places.set(node.id, node.position ?? besidePlaced(graph, automatic, node.id));
  }
  return { places, lanes: automatic.lanes };
}

/** The automatic place, moved as the nearest node above was moved by hand. */
function besidePlaced(graph: Graph, automatic: Layout, id: string): Point {
  const own = automatic.places.get(id) ?? { x: 0, y: 0 };
  const seen = new Set([id]);
  let ring = [id];
  while (ring.length > 0) {
    const next: string[] = [];
    for (const edge of ring.flatMap((it) => graph.into.get(it) ?? [])) {
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
    ring = next;
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
}

const LANE_BLOCK: Block = { width: LANE, rows: 0, centre: LANE / 2, parts: [] };

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
  // Children come after their parent in the order, so from its end every block's parts are ready.
  for (const id of [...forward.order].reverse()) {
    blocks.set(id, new Arrangement(id, forward, parents, children.get(id) ?? [], blocks).block());
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
  // The start is where all begins: its centre is x 0.
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
  /** In which column a child, or an edge that leads straight to a meeting point, lies. */
  private readonly columnOf = new Map<string, number>();

  constructor(
    private readonly id: string,
    private readonly forward: Forward,
    private readonly parents: ReadonlyMap<string, string>,
    private readonly children: readonly string[],
    private readonly blocks: ReadonlyMap<string, Block>,
  ) {}

  block(): Block {
    const ways = this.forward.out.get(this.id) ?? [];
    const isOwn = (id: string) => (this.forward.into.get(id) ?? []).length === 1;
    for (const way of ways) {
      if (isOwn(way.to)) {
        this.addBranch(way.to, null);
      } else if (ways.length > 1) {
        this.addBranch(null, edgeId(way));
      }
    }
    const branches = this.columns.length;
    const centre = branches > 0 ? middle(this.columns) : CARD.width / 2;
    // Meeting points, in the order in which leads come to them.
    for (const child of this.children) {
      if (!isOwn(child)) {
        this.addMeeting(child, centre);
      }
    }
    return this.closed(centre);
  }

  private addBranch(id: string | null, lane: string | null): void {
    const block = (id !== null && this.blocks.get(id)) || LANE_BLOCK;
    const last = this.columns.at(-1);
    this.add(id, lane, block, last ? last.right + COLUMN_GAP : 0, 1);
  }

  private addMeeting(id: string, otherwise: number): void {
    const block = this.blocks.get(id) ?? LANE_BLOCK;
    const feeding = (this.forward.into.get(id) ?? []).flatMap((it) => this.feeding(it));
    const left = (feeding.length > 0 ? middle(feeding) : otherwise) - block.centre;
    // Edges come in along the row above, so nothing between the outermost may reach below it.
    const from = Math.min(left, ...feeding.map((it) => it.centre));
    const to = Math.max(left + block.width, ...feeding.map((it) => it.centre));
    const above = this.columns.filter((it) => it.left < to && it.right > from);
    this.add(id, null, block, left, Math.max(1, ...above.map((it) => it.bottom)));
  }

  /** The column that an edge into a meeting point comes down in. */
  private feeding(edge: CanvasEdge): Column[] {
    let here = edge.from;
    while (here !== this.id && here !== ROOT && this.parents.get(here) !== this.id) {
      here = this.parents.get(here) ?? ROOT;
    }
    const place = this.columnOf.get(here === this.id ? edgeId(edge) : here);
    const column = place === undefined ? undefined : this.columns[place];
    return column ? [column] : [];
  }

  private add(id: string | null, lane: string | null, block: Block, x: number, row: number): void {
    this.columnOf.set(id ?? lane ?? "", this.columns.length);
    this.parts.push({ id, lane, block, x, row });
    this.columns.push({
      left: x,
      right: x + block.width,
      centre: x + block.centre,
      bottom: row + block.rows,
    });
  }

  /** All moved so that the leftmost, the head's card included, is at 0. */
  private closed(centre: number): Block {
    const left = Math.min(centre - CARD.width / 2, ...this.columns.map((it) => it.left));
    const right = Math.max(centre + CARD.width / 2, ...this.columns.map((it) => it.right));
    return {
      width: right - left,
      rows: Math.max(1, ...this.columns.map((it) => it.bottom)),
      centre: centre - left,
      parts: this.parts.map((it) => ({ ...it, x: it.x - left })),
    };
  }
}

function middle(columns: readonly Column[]): number {
  const centres = columns.map((it) => it.centre);
  return (Math.min(...centres) + Math.max(...centres)) / 2;
}
