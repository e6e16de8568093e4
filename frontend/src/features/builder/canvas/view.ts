/** Brings a flow into view: beside the palette, above the tools. */
import type { Point } from "../model/canvas";
import { CARD, ROW } from "../model/layout";

/** The zoom below which nothing is readable. */
export const FAR = 0.3;

/** With more nodes than this, only visible ones are drawn. */
export const DRAWN_MAX = 600;

/** The space of the palette and the tools, in pixels. */
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

/** The smallest zoom for opening a flow: its text is still readable. */
const READABLE = 0.8;

/** A small flow completely; of a long one, the beginning. */
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
  // Moves away from the palette, but never so far that the right end leaves the view.
  const shift = Math.max(
    0,
    Math.min(
      ROOM.left - (left * zoom + centred),
      size.width - ROOM.right - (right * zoom + centred),
    ),
  );
  return { x: centred + shift, y: ROOM.top - top * zoom, zoom };
}
