/** Which pages of leads a view needs, and which loaded pages are kept. Pure. */

export const PAGE_ROWS = 100;
/** 8,000 leads, so that returning to a recent place needs no request. */
export const PAGES_KEPT_MAX = 80;
/** This close to the next page, it is loaded ahead. */
export const AHEAD_ROWS = 25;

export function pageOf(row: number): number {
  return Math.floor(row / PAGE_ROWS);
}

/** Places are dense and begin at 1: page 3 is what follows place 300. */
export function placeBefore(page: number): number {
  return page * PAGE_ROWS;
}

/** The pages of the rows from `first` up to, but not including, `end`. */
export function pagesIn(first: number, end: number): number[] {
  return end <= first ? [] : between(pageOf(first), pageOf(end - 1));
}

/** Those pages, and the next one if it is near and exists. Nearest first. */
export function pagesFor(first: number, end: number, rows: number): number[] {
  if (end <= first || rows <= 0) {
    return [];
  }
  const from = pageOf(Math.max(0, first - AHEAD_ROWS));
  const to = pageOf(Math.min(rows, end + AHEAD_ROWS) - 1);
  return [...new Set([...pagesIn(first, end), ...between(from, to)])];
}

function between(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, place) => from + place);
}

/** `read`: pages, the longest unseen first. Returns those to drop, so that at most `max` stay. */
export function toLetGo(
  read: readonly number[],
  wanted: readonly number[],
  max = PAGES_KEPT_MAX,
): number[] {
  const surplus = Math.max(0, read.length - max);
  return read.filter((page) => !wanted.includes(page)).slice(0, surplus);
}
