"use client";

import { ChevronDown } from "lucide-react";
import Link from "next/link";
import { type FocusEvent, type MouseEvent, type ReactNode, useState } from "react";
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
import { count, percent } from "@/shared/numbers";
import { useWorkbench } from "../context";
import { texts } from "../texts";
import { askFor } from "./address";
import { useFigures, useLive } from "./use-live";

/** Part of the card's height. */
export const FOOT_HEIGHT = 28;

const compact = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });

/** All that is counted by version. Lists of leads do not tell versions apart. */
const { opens: _, ...HERE } = WAITING;

/** The percentage of the leads that arrived here and are still waiting. */
function waitingShare(figures: NodeFigures): number {
  const entered = figures.counts.entered ?? 0;
  return entered > 0 ? Math.min(100, (100 * waitingAt(figures)) / entered) : 0;
}

/** What has happened here so far, in words; the rest on hover, focus or tap. Each figure opens the
 * leads it counts. */
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
  const { onCard, onDemand } =
    version === null
      ? figuresShown(kindOf(type).figures, isOff, figures)
      : { onCard: [HERE], onDemand: [] };
  const [isOver, setIsOver] = useState(false);
  const [isOpen, setIsOpen] = useState(false);
  const leave = (event: FocusEvent) => {
    if (!event.currentTarget.contains(event.relatedTarget)) {
      setIsOpen(false);
    }
  };
  const tabIndex = isFocus ? 0 : -1;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: hovering only shows what focus shows too
    <div
      className="nodrag nopan relative"
      onMouseEnter={() => setIsOver(true)}
      onMouseLeave={() => setIsOver(false)}
      onFocus={() => setIsOpen(true)}
      onBlur={leave}
      onKeyDown={(event) => {
        if (event.key === "Escape" && isOpen) {
          event.stopPropagation();
          setIsOpen(false);
        }
      }}
    >
      <div
        className="relative flex items-center gap-1.5 ml-[3px] overflow-hidden rounded-br-[7px] border-line border-t pr-1 pl-[13px] text-caption tabular-nums"
        style={{ height: FOOT_HEIGHT }}
      >
        <span
          aria-hidden
          className="absolute -top-px left-0 h-0.5 bg-waiting transition-[width] duration-150"
          style={{ width: `${waitingShare(figures)}%` }}
        />
        {onCard.map((figure, place) => (
          <span key={figure.label} className="flex gap-1.5">
            {place > 0 ? (
              <span aria-hidden className="text-ink-faint">
                ·
              </span>
            ) : null}
            <Opening id={id} figure={figure} figures={figures} tabIndex={tabIndex}>
              <Short figure={figure} figures={figures} />
            </Opening>
          </span>
        ))}
        {onDemand.length > 0 ? (
          <button
            type="button"
            tabIndex={tabIndex}
            aria-expanded={isOver || isOpen}
            aria-label={texts.allFigures}
            onClick={() => setIsOpen((was) => !was)}
            className="ml-auto flex size-6 shrink-0 items-center justify-center rounded-control text-ink-faint hover:bg-sunken hover:text-ink"
          >
            <ChevronDown size={14} aria-hidden />
          </button>
        ) : null}
      </div>
      {onDemand.length > 0 && (isOver || isOpen) ? (
        <ul className="absolute -inset-x-px top-full z-10 animate-appear rounded-card border border-line-strong bg-raised p-1 text-caption tabular-nums shadow-float">
          {onDemand.map((figure) => (
            <li key={figure.label}>
              <Opening
                id={id}
                figure={figure}
                figures={figures}
                tabIndex={tabIndex}
                className="flex h-7 items-center gap-2 rounded-control px-2"
              >
                <Row figure={figure} figures={figures} />
              </Opening>
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

interface Told {
  figure: Figure;
  figures: NodeFigures;
}

/** "294 sent", "31 % clicked". */
function Short({ figure, figures }: Told) {
  const isPercent = useLive((it) => it.isPercent);
  const value = figure.value(figures);
  const whole = figures.counts[figure.of] ?? 0;
  const isTrouble = figure.onCard === "if any";
  return (
    <span className={classNames("whitespace-nowrap", isTrouble ? figure.hue : "text-ink-soft")}>
      <span className={classNames("font-semibold", isTrouble ? "" : "text-ink")}>
        {isPercent || figure.isShare ? percent(value, whole) : compact.format(value)}
      </span>{" "}
      {figure.label}
    </span>
  );
}

function Row({ figure, figures }: Told) {
  const { icon: Icon, hue, label, of } = figure;
  const value = figure.value(figures);
  return (
    <>
      <Icon size={14} aria-hidden className={value === 0 ? "text-ink-faint" : hue} />
      <span className="flex-1 text-ink-soft">{label}</span>
      <span className="font-semibold">{count(value)}</span>
      <span className="w-14 text-right text-ink-faint">
        {percent(value, figures.counts[of] ?? 0)}
      </span>
    </>
  );
}

/** Leads to the leads that a figure counts. */
function Opening({
  id,
  figure: { label, value, opens },
  figures,
  tabIndex,
  className = "",
  children,
}: Told & {
  id: string;
  tabIndex: number;
  className?: string;
  children: ReactNode;
}) {
  const { campaignId } = useWorkbench();
  const leads = texts.figure(value(figures), label);
  if (!opens) {
    return (
      <span title={leads} className={className}>
        {children}
      </span>
    );
  }
  const link = {
    tabIndex,
    title: texts.see(leads),
    "aria-label": leads,
    className: classNames(className, "rounded-[4px] hover:underline"),
  };
  if ("metric" in opens) {
    const chosen = { node: id, metric: opens.metric };
    const show = (event: MouseEvent) => {
      event.preventDefault();
      askFor(chosen);
    };
    return (
      <a href={`?${new URLSearchParams(chosen)}`} onClick={show} {...link}>
        {children}
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
      {children}
    </Link>
  );
}
