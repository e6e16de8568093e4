/**
 * A list that is taller than browsers allow an element to be, with a scrollbar of an allowed
 * height.
 *
 * `virtual` pixels are those of the full list; `physical` ones those of the scrolled element. For
 * short lists both are the same. Pure.
 */

/** This far from either end, a pixel of the scrollbar is a pixel of the list. */
export const EDGE_PX = 250_000;
/** A larger move comes from the scrollbar: one pixel of it stands for more than this. */
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

/** The largest scroll distance. */
function roomOf(range: ScrollRange): { physical: number; virtual: number } {
  return {
    physical: Math.max(0, range.physicalPx - range.viewportPx),
    virtual: Math.max(0, range.virtualPx - range.viewportPx),
  };
}

/** The position in the list for a position of the scrollbar; near both ends pixel by pixel. */
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

/** Between its ends: the pixels of the list per pixel of the scrollbar. */
function ratioOf(room: { physical: number; virtual: number }): number {
  return (room.virtual - 2 * EDGE_PX) / (room.physical - 2 * EDGE_PX);
}

/**
 * Where a scroll event leads. Small moves come from wheel, touch and keys: the list moves as far as
 * the element did, so the browser scrolls it natively. Larger moves come from the scrollbar, which
 * is scaled. The event caused by our own move is ignored.
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

/** The same rows, with the scrollbar at the right position. */
export function settled(virtual: number, range: ScrollRange): ScrollPosition {
  const at = Math.round(clamp(virtual, roomOf(range).virtual));
  return { physical: Math.round(toPhysical(at, range)), virtual: at };
}

/** The rows to draw, with `overscan` more on each side. `end` is exclusive. */
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
 * Which element shows which row, in the order of the elements. A row that comes into view takes the
 * element of one that left, so that nothing is created or moved while a list scrolls. `turn`: the
 * row of the first element; if that is the first drawn row, rows are in reading order.
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
