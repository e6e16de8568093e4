/**
 * A list taller than a browser lets an element be, behind a scrollbar of a height it allows.
 *
 * `virtual` pixels are those of the list as it would be; `physical` ones those of the element
 * that is scrolled. Short lists have both the same. Pure.
 */

/** From either end so far, a pixel of the scrollbar is one of the list. */
export const EDGE_PX = 250_000;
/** A pixel of a scrollbar as high as a screen stands for more than this. */
export const JUMP_PX = 3_000;
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

/** The way a scroll can go at most. */
function roomOf(range: ScrollRange): { physical: number; virtual: number } {
  return {
    physical: Math.max(0, range.physicalPx - range.viewportPx),
    virtual: Math.max(0, range.virtualPx - range.viewportPx),
  };
}

/** Where a place of the scrollbar lies in the list: near both ends pixel by pixel. */
export function toVirtual(physical: number, range: ScrollRange): number {
  const room = roomOf(range);
  const at = clamp(physical, room.physical);
  // Whole pixels: between them, text is drawn blurred.
  if (at <= EDGE_PX || !isScaled(range)) {
    return Math.round(at);
  }
  if (at >= room.physical - EDGE_PX) {
    return Math.round(room.virtual - (room.physical - at));
  }
  return Math.round(EDGE_PX + (at - EDGE_PX) * ratioOf(room));
}

export function toPhysical(virtual: number, range: ScrollRange): number {
  const room = roomOf(range);
  const at = clamp(virtual, room.virtual);
  if (at <= EDGE_PX || !isScaled(range)) {
    return at;
  }
  if (at >= room.virtual - EDGE_PX) {
    return room.physical - (room.virtual - at);
  }
  return EDGE_PX + (at - EDGE_PX) / ratioOf(room);
}

/** Between its ends: how many pixels of the list one of the scrollbar stands for. */
function ratioOf(room: { physical: number; virtual: number }): number {
  return (room.virtual - 2 * EDGE_PX) / (room.physical - 2 * EDGE_PX);
}

/**
 * Where a scroll event leads. Small moves are those of wheel, finger and keys: the list moves as
 * far as the element did, so the browser scrolls it by itself. What is larger comes from the
 * scrollbar, whose pixels stand for more. The event that our own move caused says nothing new.
 */
export function followed(
  was: ScrollPosition,
  physical: number,
  range: ScrollRange,
): ScrollPosition {
  const moved = physical - was.physical;
  if (Math.abs(moved) < 1) {
    return was;
  }
  if (Math.abs(moved) > JUMP_PX) {
    return { physical, virtual: physical - Math.round(physical - toVirtual(physical, range)) };
  }
  const room = roomOf(range);
  const virtual = clamp(was.virtual + moved, room.virtual);
  const isAtEnd = virtual === 0 || virtual === room.virtual;
  const isStuck = physical <= 0 || physical >= room.physical;
  return isAtEnd || isStuck ? settled(virtual, range) : { physical, virtual };
}

/** The same rows, with the scrollbar where it belongs. */
export function settled(virtual: number, range: ScrollRange): ScrollPosition {
  const at = Math.round(clamp(virtual, roomOf(range).virtual));
  return { physical: Math.round(toPhysical(at, range)), virtual: at };
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

/**
 * Which of so many elements shows which row, in the order of the elements. A row that comes into
 * view takes the element of one that left: nothing is made or moved while a list scrolls. `turn`:
 * the row of the first element; once that is the first row drawn, rows stand in the order in which
 * they are read.
 */
export function inSlots(
  first: number,
  end: number,
  slots: number,
  turn: number,
): [slot: number, row: number][] {
  const rows = Array.from({ length: Math.min(end - first, slots) }, (_, place) => first + place);
  return rows
    .map((row): [number, number] => [(((row - turn) % slots) + slots) % slots, row])
    .sort(([one], [other]) => one - other);
}

/** The least move that brings a row fully into view. */
export function revealing(virtual: number, row: number, rowPx: number, viewportPx: number): number {
  const top = row * rowPx;
  if (top < virtual) {
    return top;
  }
  return Math.max(virtual, top + rowPx - viewportPx);
}
