/**
 * A list taller than a browser lets an element be, behind a scrollbar of a height it allows.
 *
 * `virtual` pixels are those of the list as it would be; `physical` ones those of the element
 * that is scrolled. Short lists have both the same. Pure.
 */

/** Chromium ends near 33.5 million px, Firefox near 17.8 million: well below both. */
export const HEIGHT_PX_MAX = 8_000_000;

export interface ScrollRange {
  virtualPx: number;
  physicalPx: number;
  viewportPx: number;
}

export interface ScrollPosition {
  physical: number;
  virtual: number;
}

export function rangeOf(rows: number, rowPx: number, viewportPx: number): ScrollRange {
  const virtualPx = rows * rowPx;
  return { virtualPx, physicalPx: Math.min(virtualPx, HEIGHT_PX_MAX), viewportPx };
}

export function isScaled(range: ScrollRange): boolean {
  return range.virtualPx > range.physicalPx;
}

function clamp(value: number, max: number): number {
  return Math.min(Math.max(value, 0), Math.max(max, 0));
}

/** How many pixels of the list one of the scrollbar stands for. */
function ratioOf(range: ScrollRange): number {
  const room = range.physicalPx - range.viewportPx;
  return room > 0 ? (range.virtualPx - range.viewportPx) / room : 1;
}

export function toVirtual(physical: number, range: ScrollRange): number {
  // Whole pixels: between them, text is drawn blurred.
  return Math.round(clamp(physical * ratioOf(range), range.virtualPx - range.viewportPx));
}

export function toPhysical(virtual: number, range: ScrollRange): number {
  const wanted = clamp(virtual, range.virtualPx - range.viewportPx);
  return clamp(wanted / ratioOf(range), range.physicalPx - range.viewportPx);
}

/**
 * Where a scroll event leads. The event that our own move caused says nothing new: a physical
 * pixel is too coarse to tell which virtual one was meant.
 */
export function followed(
  was: ScrollPosition,
  physical: number,
  range: ScrollRange,
): ScrollPosition {
  if (Math.abs(physical - was.physical) < 1) {
    return was;
  }
  return { physical, virtual: toVirtual(physical, range) };
}

/** The rows to draw, `overscan` more at each side. `end` is the first not to draw. */
export function rowsAt(
  virtual: number,
  rows: number,
  rowPx: number,
  viewportPx: number,
  overscan: number,
): { first: number; end: number } {
  const first = Math.floor(virtual / rowPx) - overscan;
  const end = Math.ceil((virtual + viewportPx) / rowPx) + overscan;
  return { first: clamp(first, rows), end: clamp(end, rows) };
}

/** The least move that brings a row fully into view. */
export function revealing(virtual: number, row: number, rowPx: number, viewportPx: number): number {
  const top = row * rowPx;
  if (top < virtual) {
    return top;
  }
  return Math.max(virtual, top + rowPx - viewportPx);
}
