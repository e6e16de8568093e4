"use client";

import { useStore } from "@xyflow/react";
import { FAR } from "./view";

const GAP = 16;
const SIZE = 1.5;
/** From afar every second dot is left out, repeatedly, so that they stay dots and do not blur
 * into grey. */
const GAP_PX_MIN = 12;
const SIZE_PX_MIN = 1;

/**
 * The grid behind the flow. It is painted once per zoom and then only moved, in its own layer; the
 * library's pattern is redrawn with every move, which took half of each frame.
 */
export function Dots() {
  // From afar, five hundred cards cover them, and a layer beneath costs more than it is worth.
  const isFar = useStore((it) => it.transform[2] < FAR);
  return isFar ? null : <Grid />;
}

function Grid() {
  const zoom = useStore((it) => it.transform[2]);
  const gap = gapAt(zoom);
  const left = useStore((it) => within(it.transform[0], gap));
  const top = useStore((it) => within(it.transform[1], gap));
  const radius = Math.max(SIZE_PX_MIN, SIZE * zoom) / 2;
  return (
    <div aria-hidden className="pointer-events-none absolute inset-0 -z-10 overflow-hidden">
      <div
        className="absolute will-change-transform"
        style={{
          inset: -gap,
          transform: `translate(${left}px, ${top}px)`,
          backgroundImage: `radial-gradient(circle, var(--line) ${radius}px, transparent ${radius + 0.5}px)`,
          backgroundSize: `${gap}px ${gap}px`,
        }}
      />
    </div>
  );
}

/** Px between two dots. */
export function gapAt(zoom: number): number {
  let gap = GAP * zoom;
  while (gap < GAP_PX_MIN) {
    gap *= 2;
  }
  return gap;
}

/** The remainder of a distance divided by `gap`: from 0 up to `gap`. */
export function within(distance: number, gap: number): number {
  return ((distance % gap) + gap) % gap;
}
