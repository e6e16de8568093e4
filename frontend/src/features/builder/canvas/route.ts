/** The route of an edge: straight down, across just above its end, round corners. Pure geometry. */
import type { Point } from "../model/canvas";
import { CARD, ROW } from "../model/layout";

const RADIUS = 10;
const GAP = ROW - CARD.height;
/** Lines run across on two tracks, so that one that arrives is not drawn over one that leaves:
 * below the card that they leave, and above the card where they meet. */
const BELOW = 13;
const ABOVE = 13;
const ARROW = { width: 9, height: 8 } as const;

export interface Route {
  /** Ends where its arrow begins. */
  path: string;
  /** A triangle with its tip at the end. */
  arrow: string;
  /** The place of its label. */
  label: Point;
  /** The place of the "+" of an edge without a label; otherwise it is beside the label. */
  plus: Point;
}

export interface Ends {
  from: Point;
  to: Point;
  /** Set if the edge runs past the cards between its ends. */
  lane: number | undefined;
  /** Whether its end has no other connection, so that the label may be above it. */
  isOnlyEntry: boolean;
}

export function routeOf({ from, to, lane, isOnlyEntry }: Ends): Route {
  const arrow = arrowAt(to);
  const end = { x: to.x, y: to.y - ARROW.height + 1 };
  if (lane !== undefined) {
    const first = from.y + BELOW;
    const last = to.y - ABOVE;
    const points = [
      from,
      { x: from.x, y: first },
      { x: lane, y: first },
      { x: lane, y: last },
      { x: to.x, y: last },
      end,
    ];
    return {
      path: rounded(points),
      arrow,
      label: { x: lane, y: first },
      plus: { x: lane, y: (first + last) / 2 },
    };
  }
  const gap = to.y - from.y;
  const above = isOnlyEntry ? GAP - BELOW : ABOVE;
  const across = gap > above ? to.y - above : from.y + gap / 2;
  const path = rounded([from, { x: from.x, y: across }, { x: to.x, y: across }, end]);
  return {
    path,
    arrow,
    label:
      isOnlyEntry && gap > above
        ? { x: to.x, y: across }
        : { x: from.x, y: from.y + Math.min(BELOW, gap / 2) },
    plus: { x: from.x, y: from.y + Math.min(GAP / 2, gap / 2) },
  };
}

/** A straight line from a port to the mouse, or to the port that it is about to be connected to. */
export function looseRoute(from: Point, to: Point, isBackwards: boolean): string {
  const [top, bottom] = isBackwards ? [to, from] : [from, to];
  const gap = bottom.y - top.y;
  const across = gap > 2 * ABOVE ? bottom.y - ABOVE : top.y + gap / 2;
  return rounded([top, { x: top.x, y: across }, { x: bottom.x, y: across }, bottom]);
}

function arrowAt({ x, y }: Point): string {
  const [half, top] = [ARROW.width / 2, y - ARROW.height];
  return `M${x - half} ${top}L${x + half} ${top}L${x} ${y}Z`;
}

/** Through the points, with corners rounded as far as the segments allow. */
export function rounded(points: readonly Point[]): string {
  const corners = points.filter(
    (it, place) => !isBetween(points[place - 1], it, points[place + 1]),
  );
  const [first] = corners;
  if (!first) {
    return "";
  }
  let path = `M${first.x} ${first.y}`;
  for (let place = 1; place < corners.length; place += 1) {
    const [before, here, after] = [corners[place - 1], corners[place], corners[place + 1]];
    if (!before || !here) {
      continue;
    }
    if (!after) {
      path += `L${here.x} ${here.y}`;
      continue;
    }
    const radius = Math.min(RADIUS, length(before, here) / 2, length(here, after) / 2);
    const begin = towards(here, before, radius);
    const end = towards(here, after, radius);
    path += `L${begin.x} ${begin.y}Q${here.x} ${here.y} ${end.x} ${end.y}`;
  }
  return path;
}

/** Whether a point lies on the straight line from one to the other, so that it is no corner. */
function isBetween(before: Point | undefined, here: Point, after: Point | undefined): boolean {
  return (
    before !== undefined &&
    after !== undefined &&
    ((before.x === here.x && here.x === after.x) || (before.y === here.y && here.y === after.y))
  );
}

function length(one: Point, other: Point): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}

function towards(from: Point, to: Point, by: number): Point {
  const whole = length(from, to) || 1;
  return {
    x: from.x + ((to.x - from.x) * by) / whole,
    y: from.y + ((to.y - from.y) * by) / whole,
  };
}

/** The place of a port on a card's lower edge: evenly spaced, in order. */
export function portX(ports: readonly string[], port: string): number {
  const place = Math.max(0, ports.indexOf(port));
  return (CARD.width * (place + 1)) / (Math.max(1, ports.length) + 1);
}
