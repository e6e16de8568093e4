/** The card to which an arrow key leads. Pure. */
import type { Canvas, Point } from "../model/canvas";
import { graphOf } from "../model/graph";
import { ROW } from "../model/layout";

export type Direction = "up" | "down" | "left" | "right";

export const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowLeft: "left",
  ArrowRight: "right",
};

/** Down and up along the connections; left and right to the neighbour on the screen. */
export function neighbour(
  canvas: Canvas,
  places: ReadonlyMap<string, Point>,
  id: string,
  direction: Direction,
): string | null {
  const graph = graphOf(canvas);
  const here = places.get(id);
  if (direction === "down" || direction === "up") {
    const linked =
      direction === "down"
        ? (graph.out.get(id) ?? []).map((it) => it.to)
        : (graph.into.get(id) ?? []).map((it) => it.from);
    // Following a loop would never end, so cards that lie in that direction come first.
    const ahead = linked.filter((it) => {
      const y = places.get(it)?.y ?? 0;
      return direction === "down" ? y > (here?.y ?? 0) : y < (here?.y ?? 0);
    });
    const next = ahead[0] ?? linked[0];
    if (next !== undefined && next !== id) {
      return next;
    }
  }
  return here ? nearest(places, id, here, direction) : null;
}

function nearest(
  places: ReadonlyMap<string, Point>,
  id: string,
  here: Point,
  direction: Direction,
): string | null {
  const isAcross = direction === "left" || direction === "right";
  const sign = direction === "left" || direction === "up" ? -1 : 1;
  let best: { id: string; cost: number } | null = null;
  for (const [other, at] of places) {
    const along = (isAcross ? at.x - here.x : at.y - here.y) * sign;
    const aside = Math.abs(isAcross ? at.y - here.y : at.x - here.x);
    if (other !== id && along > ROW / 4) {
      const cost = along + aside * 3;
      if (!best || cost < best.cost) {
        best = { id: other, cost };
      }
    }
  }
  return best?.id ?? null;
}
