/** The cells of a table that spans the whole width of its page. */

const EDGES = "px-2 first:pl-4 last:pr-4 sm:px-3 sm:first:pl-8 sm:last:pr-8";

export const HEAD = `sticky top-0 z-10 h-9 border-line border-b bg-canvas text-left font-medium text-caption text-ink-faint whitespace-nowrap ${EDGES}`;

export const CELL = `h-11 border-line border-b ${EDGES}`;

/** 32 px, for tables that are read rather than worked in. */
export const CELL_DENSE = `h-8 border-line border-b text-dense ${EDGES}`;

export const TABLE = "w-full border-separate border-spacing-0";
