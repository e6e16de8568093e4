/** The route of an edge: straight down, across just above its end, round corners. Pure geometry. */
import type { Point } from "../model/canvas";
import { CARD, ROW } from "../model/layout";

const RADIUS = 10;

export interface Route {
  path: string;
  /** The place of its label. */
  label: Point;
  /** The place of the "+". */
  plus: Point;
}

export interface Ends {
  from: Point;
  to: Point;
  /** Set if the edge runs past the cards between its ends. */
  lane: number | undefined;
  /** Whether its end has no other connection, so that the label may be above it. */
  isOnlyEntry: boolean;
  hasLabel: boolean;
  /** The height of the card at which it begins; larger in the live view. */
  cardHeight: number;
}

export function routeOf({ from, to, lane, isOnlyEntry, hasLabel, cardHeight }: Ends): Route {
  // Half-way between two rows.
  const above = (ROW - cardHeight) / 2;
  if (lane !== undefined) {
    const first = from.y + above;
    const last = to.y - (to.y > from.y ? above : 24);
    const points = [
      from,
      { x: from.x, y: first },
      { x: lane, y: first },
      { x: lane, y: last },
      { x: to.x, y: last },
      to,
    ];
    const down = to.y > from.y ? 1 : -1;
    return {
      path: rounded(points),
      label: { x: lane, y: first },
      plus: { x: lane, y: hasLabel ? first + down * 30 : (first + last) / 2 },
    };
  }
  const gap = to.y - from.y;
  const across = gap > above ? to.y - above : from.y + gap / 2;
  const path = rounded([from, { x: from.x, y: across }, { x: to.x, y: across }, to]);
  if (hasLabel && isOnlyEntry && gap > above) {
    return { path, label: { x: to.x, y: across }, plus: { x: to.x, y: to.y - 20 } };
  }
  const label = { x: from.x, y: from.y + Math.min(18, gap / 2) };
  return {
    path,
    label,
    plus: hasLabel ? { x: to.x, y: to.y - 24 } : { x: from.x, y: from.y + Math.min(gap / 2, 30) },
  };
}

/** Through the points, with corners rounded as far as the segments allow. */
export function rounded(points: readonly Point[]): string {
  const corners = points.filter(
    (it, place) => place === 0 || it.x !== points[place - 1]?.x || it.y !== points[place - 1]?.y,
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
