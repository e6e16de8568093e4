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

/** Nothing has moved for so long: the scrollbar may be put where it belongs. */
const STILL_MS = 200;

interface Scroll {
  box: RefObject<HTMLDivElement | null>;
  range: ScrollRange;
  /** As of the last time that another row came into view, or the list was moved. */
  at: ScrollPosition;
  moveTo: (virtual: number) => void;
  reveal: (row: number) => void;
}

/**
 * The scrolling of a list of `rows` rows of `rowPx` each, beneath a header of `headerPx` in the
 * same box. Rows are of one height, so where each is follows from its number: nothing is measured
 * or kept for the million that are not in view. Wheel and finger are the browser's own affair.
 */
export function useScroll(rows: number, rowPx: number, headerPx: number): Scroll {
  const box = useRef<HTMLDivElement>(null);
  const [viewportPx, setViewportPx] = useState(0);
  const [at, setAt] = useState<ScrollPosition>({ physical: 0, virtual: 0 });
  const range = rangeOf(rows, rowPx, viewportPx);
  // What handlers see: they outlive the render that made them.
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
      // In the frame that shows the scroll, not in the one after it.
      flushSync(() => setAt((shown) => (showsTheSame(shown, next, rowPx) ? shown : next)));
    };
    element.addEventListener("scroll", onScroll, { passive: true });
    return () => {
      clearTimeout(still);
      element.removeEventListener("scroll", onScroll);
    };
  }, [moveTo, rowPx]);

  // The list has become longer, or the window another: the same rows stay in view.
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
