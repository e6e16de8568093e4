/** Brings a flow into view. Pure. */
import type { Point } from "../model/canvas";
import { CARD, ROW } from "../model/layout";

/** The zoom below which nothing is readable. */
export const FAR = 0.3;

/** With more nodes than this, only visible ones are drawn. */
export const DRAWN_MAX = 600;

/** Between the flow and the edges of the canvas, in pixels. */
const MARGIN = 32;

export const FIT = { padding: `${MARGIN}px`, maxZoom: 1, duration: 160 } as const;

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Box extends Size, Point {}

export interface View extends Point {
  readonly zoom: number;
}

/** Around all cards, with the "+" below the last ones. */
export function boundsOf(places: Iterable<Point>): Box {
  const all = [...places];
  const x = Math.min(...all.map((it) => it.x));
  const y = Math.min(...all.map((it) => it.y));
  return {
    x,
    y,
    width: Math.max(...all.map((it) => it.x)) + CARD.width - x,
    height: Math.max(...all.map((it) => it.y)) + ROW - y,
  };
}

/** Whether a canvas of this size can show the whole flow at once. */
export function fits(size: Size, bounds: Size, zoom: number): boolean {
  return bounds.width * zoom <= size.width && bounds.height * zoom <= size.height;
}

/**
 * Opens a flow at full size, from its beginning: in the middle if it is narrow enough, otherwise
 * with its start in the middle.
 */
export function firstView(size: Size, places: readonly Point[], start: Point): View {
  const bounds = boundsOf(places);
  const isNarrow = bounds.width + 2 * MARGIN <= size.width;
  const centre = isNarrow ? bounds.x + bounds.width / 2 : start.x + CARD.width / 2;
  return { x: size.width / 2 - centre, y: MARGIN - bounds.y, zoom: 1 };
}

/**
 * The view moved by as little as shows all of a card with its margin and what follows it; the same
 * one if it shows that already. The card's beginning counts most if there is too little space.
 */
export function revealed(size: Size, view: View, place: Point): View {
  const along = (at: number, length: number, space: number, from: number) => {
    const begin = at * view.zoom + from;
    const [least, most] = [MARGIN, space - MARGIN - length * view.zoom];
    return from + Math.max(least, Math.min(begin, most)) - begin;
  };
  const x = along(place.x, CARD.width, size.width, view.x);
  const y = along(place.y, ROW, size.height, view.y);
  return x === view.x && y === view.y ? view : { x, y, zoom: view.zoom };
}
