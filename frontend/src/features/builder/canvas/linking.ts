/** Where a connection that is being drawn would end. Pure. */
import type { Canvas, CanvasNode, Point } from "../model/canvas";
import type { Port } from "../model/commands";
import { CARD } from "../model/layout";
import { portsOf } from "../model/titles";
import { portX } from "./route";

/** How far from a port a connection may be dropped, in pixels of the screen. */
export const REACH_PX = 40;

/** A connection while it is drawn: from an exit, or backwards from a card's entry. */
export interface Loose {
  readonly from: string;
  /** null: backwards. */
  readonly port: string | null;
}

/** The connection that dropping would make, and the place of the port at its other end. */
export interface Taker {
  readonly id: string;
  readonly at: Port;
  readonly to: string;
  readonly end: Point;
}

/**
 * The card under the mouse, anywhere on it; otherwise the card whose port is nearest, within
 * `reach`. null where nothing takes the connection: beside all cards, on the card that it begins
 * at, on a start (or, backwards, on a card without exits).
 */
export function takerAt(
  canvas: Canvas,
  places: ReadonlyMap<string, Point>,
  loose: Loose,
  mouse: Point,
  reach: number,
): Taker | null {
  let best: { taker: Taker; distance: number } | null = null;
  for (const node of canvas.nodes) {
    const place = places.get(node.id);
    const taker =
      place && node.id !== loose.from ? taking(canvas, node, place, loose, mouse) : null;
    if (place && taker) {
      const distance = isOn(place, mouse) ? 0 : apart(taker.end, mouse);
      if (distance <= reach && (!best || distance <= best.distance)) {
        best = { taker, distance };
      }
    } else if (place && isOn(place, mouse)) {
      // It covers what is behind it.
      return null;
    }
  }
  return best?.taker ?? null;
}

function taking(
  canvas: Canvas,
  node: CanvasNode,
  place: Point,
  loose: Loose,
  mouse: Point,
): Taker | null {
  if (loose.port !== null) {
    const end = { x: place.x + CARD.width / 2, y: place.y };
    const at = { from: loose.from, port: loose.port };
    return node.type === "start" ? null : { id: node.id, at, to: node.id, end };
  }
  const ports = portsOf(node);
  const open = ports.filter(
    (port) => !canvas.edges.some((it) => it.from === node.id && it.port === port),
  );
  const ends = (open.length > 0 ? open : ports)
    .map((port) => ({
      port,
      end: { x: place.x + portX(ports, port), y: place.y + CARD.height },
    }))
    .sort((one, other) => apart(one.end, mouse) - apart(other.end, mouse));
  const [nearest] = ends;
  return nearest
    ? {
        id: node.id,
        at: { from: node.id, port: nearest.port },
        to: loose.from,
        end: nearest.end,
      }
    : null;
}

function isOn(place: Point, { x, y }: Point): boolean {
  return x >= place.x && x <= place.x + CARD.width && y >= place.y && y <= place.y + CARD.height;
}

function apart(one: Point, other: Point): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}
