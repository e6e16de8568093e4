"use client";

import { BaseEdge, type EdgeProps } from "@xyflow/react";
import { Plus } from "lucide-react";
import { createContext, type MouseEvent, memo, useContext, useState } from "react";
import { createPortal } from "react-dom";
import { classNames } from "@/shared/class-names";
import { useEditor } from "../context";
import { useEdgeFigures } from "../live/use-live";
import { usePassage } from "../live/use-path";
import { texts } from "../texts";
import type { FlowEdge } from "./elements";
import { Pill } from "./node-card";
import { routeOf } from "./route";

/** Half a port's dot: the library draws from its outer rim, this code from the card's edge. */
const DOT = 4;

/**
 * The canvas's container for edge labels. Found once, because the library's own portal searches for
 * it for every edge at every change.
 */
export const LabelsContext = createContext<Element | null>(null);

/** A connection: its route, its label, and a "+" where a node can be inserted. */
export const ConnectionEdge = memo(function ConnectionEdge({
  id,
  source,
  sourceX,
  sourceY,
  targetX,
  targetY,
  sourceHandleId,
  selected,
  data,
}: EdgeProps<FlowEdge>) {
  const [isHot, setIsHot] = useState(false);
  const isReadOnly = useEditor((it) => it.isReadOnly);
  const isNear = useEditor((it) => it.selection.size === 1 && it.selection.has(source));
  const isPlacing = useEditor((it) => it.isPlacing);
  const openPicker = useEditor((it) => it.openPicker);
  const labels = useContext(LabelsContext);
  const port = sourceHandleId ?? "next";
  const live = useEdgeFigures(source, port);
  const walked = usePassage(id);
  const route = routeOf({
    from: { x: sourceX, y: sourceY - DOT },
    to: { x: targetX, y: targetY + DOT },
    lane: data?.lane,
    isOnlyEntry: data?.isOnlyEntry ?? false,
  });
  const isLabelled = Boolean(data?.label || walked.at);
  const hot = { onMouseEnter: () => setIsHot(true), onMouseLeave: () => setIsHot(false) };
  const click = (event: MouseEvent<HTMLButtonElement>) => {
    event.stopPropagation();
    const { left, bottom } = event.currentTarget.getBoundingClientRect();
    openPicker({ from: source, port, at: { x: left, y: bottom + 4 } });
  };
  const stroke = selected || walked.isWalked ? "var(--accent)" : "var(--line-strong)";
  const hasPlus = !isReadOnly && (isHot || isNear || isPlacing);
  const plus = hasPlus ? (
    <button
      type="button"
      tabIndex={-1}
      data-port={`${source}/${port}`}
      aria-label={texts.insert(data?.name ?? "")}
      onClick={click}
      className="nodrag nopan pointer-events-auto flex size-6 items-center justify-center rounded-full border border-line-strong bg-raised text-ink-soft transition-colors duration-150 hover:border-accent hover:bg-accent hover:text-on-accent"
    >
      <Plus size={14} aria-hidden />
    </button>
  ) : null;
  return (
    <>
      <g {...hot} opacity={walked.isDimmed ? 0.25 : 1}>
        <BaseEdge
          path={route.path}
          interactionWidth={24}
          style={{ stroke, strokeWidth: selected ? 2 : (live?.width ?? 1.5) }}
        />
        <path d={route.arrow} className="pointer-events-none" fill={stroke} />
      </g>
      {labels
        ? createPortal(
            isLabelled ? (
              <div
                {...hot}
                className={classNames(
                  "pointer-events-auto absolute flex gap-1",
                  walked.isDimmed && "opacity-25",
                )}
                style={at(route.label)}
              >
                {data?.label ? (
                  <Pill figure={live?.text ?? data.share} isNarrow={data.lane !== undefined}>
                    {data.label}
                  </Pill>
                ) : null}
                {walked.at ? <Pill title={walked.why}>{walked.at}</Pill> : null}
                {plus ? <span className="absolute -inset-y-0.5 left-full pl-1">{plus}</span> : null}
              </div>
            ) : plus ? (
              <div {...hot} className="absolute" style={at(route.plus)}>
                {plus}
              </div>
            ) : null,
            labels,
          )
        : null}
    </>
  );
});

function at({ x, y }: { x: number; y: number }) {
  return { transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` };
}
