"use client";

import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import {
  followed,
  isScaled,
  rangeOf,
  revealing,
  type ScrollPosition,
  type ScrollRange,
  toPhysical,
} from "./scroll-range";

const LINE_PX = 32;

interface Scroll {
  box: RefObject<HTMLDivElement | null>;
  range: ScrollRange;
  at: ScrollPosition;
  moveTo: (virtual: number) => void;
  reveal: (row: number) => void;
}

/**
 * The scrolling of a list of `rows` rows of `rowPx` each, beneath a header of `headerPx` in the
 * same box. Rows are of one height, so where each is follows from its number: nothing is measured
 * or kept for the million that are not in view.
 */
export function useScroll(rows: number, rowPx: number, headerPx: number): Scroll {
  const box = useRef<HTMLDivElement>(null);
  const [viewportPx, setViewportPx] = useState(0);
  const [at, setAt] = useState<ScrollPosition>({ physical: 0, virtual: 0 });
  const range = rangeOf(rows, rowPx, viewportPx);
  // What handlers see: they outlive the render that made them.
  const now = useRef({ range, at });
  now.current = { range, at };

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
    if (!element) {
      return;
    }
    const { range: known } = now.current;
    element.scrollTop = toPhysical(virtual, known);
    const most = Math.max(0, known.virtualPx - known.viewportPx);
    const next = {
      physical: element.scrollTop,
      virtual: Math.round(Math.min(Math.max(0, virtual), most)),
    };
    now.current.at = next;
    setAt(next);
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
    const onScroll = () => {
      const next = followed(now.current.at, element.scrollTop, now.current.range);
      now.current.at = next;
      setAt(next);
    };
    const onWheel = (event: WheelEvent) => {
      if (!isScaled(now.current.range) || event.ctrlKey || event.shiftKey || event.deltaY === 0) {
        return;
      }
      // The scrollbar's pixels stand for several of the list: the wheel moves the list itself.
      event.preventDefault();
      const step = event.deltaMode === 0 ? 1 : event.deltaMode === 1 ? LINE_PX : viewportPx;
      moveTo(now.current.at.virtual + event.deltaY * step);
    };
    element.addEventListener("scroll", onScroll, { passive: true });
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => {
      element.removeEventListener("scroll", onScroll);
      element.removeEventListener("wheel", onWheel);
    };
  }, [moveTo, viewportPx]);

  // The list has become longer, or the window another: the same rows stay in view.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only then, not at each move
  useLayoutEffect(() => {
    if (viewportPx > 0 && isScaled(now.current.range)) {
      moveTo(now.current.at.virtual);
    }
  }, [rows, viewportPx, moveTo]);

  return { box, range, at, moveTo, reveal };
}
