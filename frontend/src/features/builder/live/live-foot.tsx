"use client";

import {
  Check,
  CircleX,
  Clock,
  FastForward,
  LogOut,
  type LucideIcon,
  MailOpen,
  MousePointerClick,
} from "lucide-react";
import Link from "next/link";
import type { MouseEvent } from "react";
import type { Schemas } from "@/shared/api/client";
import { classNames } from "@/shared/class-names";
import { countOf, percent } from "@/shared/numbers";
import { useWorkbench } from "../context";
import { askFor } from "./address";
import { type NodeFigures, waitingAt } from "./live-store";
import { useFigures, useLive } from "./use-live";

interface Figure {
  word: string;
  icon: LucideIcon;
  hue: string;
  value: number;
  /** What it is a share of. */
  of: number;
  /** The leads it counts are a page of theirs … */
  query?: Readonly<Record<string, string>>;
  /** … or, where they are anywhere by now, a list beside the canvas. */
  behind?: Schemas["EmailCount"];
}

const compact = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });

/** What is switched off is passed by; the rest is told where leads of an older version did more. */
export function figuresOf(
  id: string,
  type: string,
  isOff: boolean,
  figures: NodeFigures | undefined,
): Figure[] {
  const usual = whenOn(id, type, figures);
  if (!isOff) {
    return usual;
  }
  const { passed = 0, entered = 0 } = figures?.counts ?? {};
  return [
    { word: "passed by", icon: FastForward, hue: "text-ink-soft", value: passed, of: entered },
    ...usual.filter((it) => it.value > 0),
  ];
}

function whenOn(id: string, type: string, figures: NodeFigures | undefined): Figure[] {
  const counts = figures?.counts ?? {};
  const of = counts.entered ?? 0;
  const sent = counts.sent ?? 0;
  const waiting: Figure = {
    word: "waiting",
    icon: Clock,
    hue: "text-waiting",
    value: waitingAt(figures),
    of,
    query: { node: id, status: "active" },
  };
  if (type === "sendEmail") {
    return [
      waiting,
      {
        word: "sent",
        icon: Check,
        hue: "text-sent",
        value: sent,
        of,
        behind: "sent",
      },
      {
        word: "failed",
        icon: CircleX,
        hue: "text-failed",
        value: counts.failed ?? 0,
        of,
        query: { node: id, status: "failed" },
      },
      {
        word: "opened",
        icon: MailOpen,
        hue: "text-ink-soft",
        value: counts.opened ?? 0,
        of: sent,
        behind: "opened",
      },
      {
        word: "clicked",
        icon: MousePointerClick,
        hue: "text-ink-soft",
        value: counts.clicked ?? 0,
        of: sent,
        behind: "clicked",
      },
    ];
  }
  if (type === "end") {
    return [
      {
        word: "ended here",
        icon: LogOut,
        hue: "text-sent",
        value: counts.completed ?? 0,
        of,
        query: { node: id, status: "completed" },
      },
    ];
  }
  return type === "start" || type === "split"
    ? [{ word: "entered", icon: LogOut, hue: "text-ink-soft", value: of, of }]
    : [waiting];
}

/** Of those that came here, how many still wait: in percent. */
function waitingShare(figures: NodeFigures | undefined): number {
  const entered = figures?.counts.entered ?? 0;
  return entered > 0 ? Math.min(100, (100 * waitingAt(figures)) / entered) : 0;
}

/** Who is here, and what happened here so far; each opens the leads it counts. */
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
  const { campaignId } = useWorkbench();
  const figures = useFigures(id);
  const isPercent = useLive((it) => it.isPercent);
  const shown = figuresOf(id, type, isOff, figures);
  return (
    <div className="nodrag nopan relative flex h-7 items-center gap-0.5 border-line border-t bg-surface pr-1 pl-3 text-caption tabular-nums">
      <span
        aria-hidden
        className="absolute -top-px left-0 h-0.5 bg-waiting transition-[width] duration-150"
        style={{ width: `${waitingShare(figures)}%` }}
      />
      {shown.map(({ word, icon: Icon, hue, value, of, query, behind }) => {
        const words = `${countOf(value, "lead")} ${word}`;
        const inside = (
          <>
            <Icon size={12} aria-hidden className={value === 0 ? "" : hue} />
            {isPercent ? percent(value, of) : compact.format(value)}
            {shown.length === 1 ? <span className="text-ink-faint">{word}</span> : null}
          </>
        );
        const look = classNames(
          "flex h-6 flex-1 items-center justify-center gap-1 rounded-control",
          value === 0 && "text-ink-faint",
        );
        const chosen = behind && { node: id, behind };
        if (chosen) {
          const show = (event: MouseEvent) => {
            event.preventDefault();
            askFor(chosen);
          };
          return (
            <a
              key={word}
              href={`?${new URLSearchParams(chosen)}`}
              onClick={show}
              tabIndex={isFocus ? 0 : -1}
              title={`${words}: see them`}
              aria-label={words}
              className={classNames(look, "hover:bg-sunken hover:underline")}
            >
              {inside}
            </a>
          );
        }
        return query ? (
          <Link
            key={word}
            href={`/campaigns/${encodeURIComponent(campaignId)}/leads?${new URLSearchParams(query)}`}
            prefetch={false}
            tabIndex={isFocus ? 0 : -1}
            title={`${words}: see them`}
            aria-label={words}
            className={classNames(look, "hover:bg-sunken hover:underline")}
          >
            {inside}
          </Link>
        ) : (
          <span key={word} title={words} className={look}>
            {inside}
            <span className="sr-only">{word}</span>
          </span>
        );
      })}
    </div>
  );
}
