/** How a flow is brought into view: beside the palette, above the tools. */
import type { Point } from "../model/canvas";
import { CARD, ROW } from "../model/layout";

/** A zoom at which nothing can be read any more. */
export const FAR = 0.3;

/** Beyond it only what can be seen is drawn. */
export const DRAWN_MAX = 600;

/** Room that the palette and the tools take, in pixels. */
const ROOM = { left: 176, right: 40, top: 40, bottom: 72 } as const;

export const FIT = {
  padding: {
    left: `${ROOM.left}px`,
    right: `${ROOM.right}px`,
    top: `${ROOM.top}px`,
    bottom: `${ROOM.bottom}px`,
  },
  maxZoom: 1,
  duration: 160,
} as const;

/** The smallest zoom a flow is opened at: its words can be read. */
const READABLE = 0.8;

/** All of a small flow; of a long one the beginning. */
export function firstView(
  size: { width: number; height: number },
  places: readonly Point[],
): { x: number; y: number; zoom: number } {
  const left = Math.min(...places.map((it) => it.x));
  const right = Math.max(...places.map((it) => it.x)) + CARD.width;
  const top = Math.min(...places.map((it) => it.y));
  const height = Math.max(...places.map((it) => it.y)) + ROW - top;
  const fits = Math.min(
    (size.width - ROOM.left - ROOM.right) / (right - left),
    (size.height - ROOM.top - ROOM.bottom) / height,
  );
  const zoom = Math.min(1, Math.max(fits, READABLE));
  const centred = size.width / 2 - ((left + right) / 2) * zoom;
  // Off the palette, but never so far that the right end leaves for it.
  const shift = Math.max(
    0,
    Math.min(
      ROOM.left - (left * zoom + centred),
      size.width - ROOM.right - (right * zoom + centred),
    ),
  );
  return { x: centred + shift, y: ROOM.top - top * zoom, zoom };
}
