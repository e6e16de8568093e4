"use client";

import Link from "next/link";
import type { MouseEvent } from "react";
import {
  type Figure,
  figuresShown,
  NO_FIGURES,
  type NodeFigures,
  WAITING,
  waitingAt,
} from "@/entities/flow/figures";
import { kindOf } from "@/entities/flow/nodes/registry";
import { classNames } from "@/shared/class-names";
import { percent } from "@/shared/numbers";
import { useWorkbench } from "../context";
import { texts } from "../texts";
import { askFor } from "./address";
import { useFigures, useLive } from "./use-live";

const compact = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });

/** All that is counted by version. Lists of leads do not tell versions apart. */
const { opens: _, ...HERE } = WAITING;

/** The percentage of the leads that arrived here and are still waiting. */
function waitingShare(figures: NodeFigures): number {
  const entered = figures.counts.entered ?? 0;
  return entered > 0 ? Math.min(100, (100 * waitingAt(figures)) / entered) : 0;
}

/** Leads that are here, and what has happened here so far; each figure opens the leads it
 * counts. */
export function LiveFoot({
  id,
  type,
  isOff,
  isFocus,
}: {
  id: string;
  type: string;
  isOff: boolean;
  isFocus: boolean;
}) {
  const figures = useFigures(id) ?? NO_FIGURES;
  const version = useLive((it) => it.version);
  const shown = version === null ? figuresShown(kindOf(type).figures, isOff, figures) : [HERE];
  return (
    <div className="nodrag nopan relative flex h-7 items-center gap-0.5 border-line border-t bg-surface pr-1 pl-3 text-caption tabular-nums">
      <span
        aria-hidden
        className="absolute -top-px left-0 h-0.5 bg-waiting transition-[width] duration-150"
        style={{ width: `${waitingShare(figures)}%` }}
      />
      {shown.map((figure) => (
        <FigureOfNode
          key={figure.label}
          id={id}
          figure={figure}
          figures={figures}
          isOnly={shown.length === 1}
          isFocus={isFocus}
        />
      ))}
    </div>
  );
}

function FigureOfNode({
  id,
  figure,
  figures,
  isOnly,
  isFocus,
}: {
  id: string;
  figure: Figure;
  figures: NodeFigures;
  isOnly: boolean;
  isFocus: boolean;
}) {
  const { campaignId } = useWorkbench();
  const isPercent = useLive((it) => it.isPercent);
  const { label, icon: Icon, hue, of, opens } = figure;
  const value = figure.value(figures);
  const leads = texts.figure(value, label);
  const inside = (
    <>
      <Icon size={12} aria-hidden className={value === 0 ? "" : hue} />
      {isPercent ? percent(value, figures.counts[of] ?? 0) : compact.format(value)}
      {isOnly ? <span className="text-ink-faint">{label}</span> : null}
    </>
  );
  const look = classNames(
    "flex h-6 flex-1 items-center justify-center gap-1 rounded-control",
    value === 0 && "text-ink-faint",
  );
  if (!opens) {
    return (
      <span title={leads} className={look}>
        {inside}
        <span className="sr-only">{label}</span>
      </span>
    );
  }
  const link = {
    tabIndex: isFocus ? 0 : -1,
    title: texts.see(leads),
    "aria-label": leads,
    className: classNames(look, "hover:bg-sunken hover:underline"),
  };
  if ("metric" in opens) {
    const chosen = { node: id, metric: opens.metric };
    const show = (event: MouseEvent) => {
      event.preventDefault();
      askFor(chosen);
    };
    return (
      <a href={`?${new URLSearchParams(chosen)}`} onClick={show} {...link}>
        {inside}
      </a>
    );
  }
  const query = new URLSearchParams({ node: id, status: opens.status });
  return (
    <Link
      href={`/campaigns/${encodeURIComponent(campaignId)}/leads?${query}`}
      prefetch={false}
      {...link}
    >
      {inside}
    </Link>
  );
}
