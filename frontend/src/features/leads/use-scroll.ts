"use client";

import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import {
  followed,
  isScaled,
  rangeOf,
  revealing,
  type ScrollPosition,
  type ScrollRange,
  settled,
} from "./scroll-range";

/** After this long without a move, the scrollbar may be corrected. */
const STILL_MS = 200;

interface Scroll {
  box: RefObject<HTMLDivElement | null>;
  range: ScrollRange;
  /** As of the last change of the visible rows or move of the list. */
  at: ScrollPosition;
  moveTo: (virtual: number) => void;
  reveal: (row: number) => void;
}

/**
 * The scrolling of a list of `rows` rows of `rowPx` each, below a header of `headerPx` in the same
 * box. All rows have the same height, so the position of each follows from its number: nothing is
 * measured or stored for the million that are not in view. The browser handles wheel and touch
 * itself.
 */
export function useScroll(rows: number, rowPx: number, headerPx: number): Scroll {
  const box = useRef<HTMLDivElement>(null);
  const [viewportPx, setViewportPx] = useState(0);
  const [at, setAt] = useState<ScrollPosition>({ physical: 0, virtual: 0 });
  const range = rangeOf(rows, rowPx, viewportPx);
  // The values for handlers, which outlive the render that created them.
  const now = useRef({ range, at });
  now.current.range = range;

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) {
      return;
    }
    const measure = () => setViewportPx(Math.max(0, element.clientHeight - headerPx));
    measure();
    const watching = new ResizeObserver(measure);
    watching.observe(element);
    return () => watching.disconnect();
  }, [headerPx]);

  const moveTo = useCallback((virtual: number) => {
    const element = box.current;
    if (element) {
      const next = settled(virtual, now.current.range);
      now.current.at = next;
      element.scrollTop = next.physical;
      setAt(next);
    }
  }, []);

  const reveal = useCallback(
    (row: number) => {
      const { range: known, at: here } = now.current;
      const wanted = revealing(here.virtual, row, rowPx, known.viewportPx);
      if (wanted !== here.virtual) {
        moveTo(wanted);
      }
    },
    [moveTo, rowPx],
  );

  useEffect(() => {
    const element = box.current;
    if (!element) {
      return;
    }
    let still: ReturnType<typeof setTimeout> | undefined;
    const settle = () => {
      const { range: known, at: here } = now.current;
      if (isScaled(known) && Math.abs(settled(here.virtual, known).physical - here.physical) > 1) {
        moveTo(here.virtual);
      }
    };
    const onScroll = () => {
      clearTimeout(still);
      still = setTimeout(settle, STILL_MS);
      const next = followed(now.current.at, element.scrollTop, now.current.range);
      now.current.at = next;
      if (next.physical !== element.scrollTop) {
        element.scrollTop = next.physical;
      }
      // In the same frame as the scroll, not in the next one.
      flushSync(() => setAt((shown) => (showsTheSame(shown, next, rowPx) ? shown : next)));
    };
    element.addEventListener("scroll", onScroll, { passive: true });
    return () => {
      clearTimeout(still);
      element.removeEventListener("scroll", onScroll);
    };
  }, [moveTo, rowPx]);

  // When the length of the list or the size of the window changes, the same rows stay in view.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only then, not at each move
  useLayoutEffect(() => {
    if (viewportPx > 0 && isScaled(now.current.range)) {
      moveTo(now.current.at.virtual);
    }
  }, [rows, viewportPx, moveTo]);

  return { box, range, at, moveTo, reveal };
}

/** The same rows at the same places of the element. */
function showsTheSame(one: ScrollPosition, other: ScrollPosition, rowPx: number): boolean {
  return (
    Math.floor(one.virtual / rowPx) === Math.floor(other.virtual / rowPx) &&
    one.physical - one.virtual === other.physical - other.virtual
  );
}
