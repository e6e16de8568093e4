/** The figures of a card in the live view, from its node's counts. Pure. */

import { Clock, FastForward, LogOut, type LucideIcon } from "lucide-react";
import type { Schemas } from "@/shared/api/client";
import { texts } from "./texts";

/** Leads that are at the node now and will move on, by state. */
const PRESENT = ["pending", "sending", "waiting", "watching", "deferred", "unknown"] as const;
const ENDED = ["completed", "failed"] as const;
const PAST = ["entered", "passed", "sent", "opened", "clicked", "bounced", "complained"] as const;

export const COUNT_NAMES = [...PRESENT, ...ENDED, ...PAST] as const;
export type CountName = (typeof COUNT_NAMES)[number];

export interface NodeFigures {
  /** Leads there now by state, and what has happened there so far; a missing count is 0. */
  readonly counts: Readonly<Partial<Record<CountName, number>>>;
  /** Leads that left by each port. */
  readonly took: Readonly<Record<string, number>>;
}

export const NO_FIGURES: NodeFigures = { counts: {}, took: {} };

/** One figure of a card. */
export interface Figure {
  readonly label: string;
  readonly icon: LucideIcon;
  /** A class of the theme. */
  readonly hue: string;
  readonly value: (figures: NodeFigures) => number;
  /** The count of which it is a share. */
  readonly of: CountName;
  /** On the card itself; the others are shown on demand. "if any": only while it is not 0. */
  readonly onCard?: "always" | "if any";
  /** As a share even where others are counts. */
  readonly isShare?: true;
  /** Left out while it is 0. */
  readonly isRare?: true;
  /** What a click opens: leads at the node by status, or the leads of a metric, wherever they
   * are. */
  readonly opens?:
    | { readonly status: "active" | "completed" | "failed" }
    | { readonly metric: Schemas["EmailMetric"] };
}

export function counted(name: CountName): Figure["value"] {
  return ({ counts }) => counts[name] ?? 0;
}

function sum(counts: NodeFigures["counts"], names: readonly CountName[]): number {
  return names.reduce((total, it) => total + (counts[it] ?? 0), 0);
}

/** Leads that are at the node now and will move on. */
export function waitingAt(figures: NodeFigures): number {
  return sum(figures.counts, PRESENT);
}

/** Leads that left by the port. Nodes with a single exit do not count ports. */
export function leftBy(figures: NodeFigures, port: string): number {
  if (port !== "next") {
    return figures.took[port] ?? 0;
  }
  const stayed = sum(figures.counts, PRESENT) + sum(figures.counts, ENDED);
  return Math.max(0, (figures.counts.entered ?? 0) - stayed);
}

export interface Shown {
  /** Two at most, and failures if there are any. */
  readonly onCard: readonly Figure[];
  /** All of them, if the card does not show all; otherwise none. */
  readonly onDemand: readonly Figure[];
}

/** For a switched-off node: how many leads skipped it; on demand, what leads did there before. */
export function figuresShown(
  usual: readonly Figure[],
  isOff: boolean,
  figures: NodeFigures,
): Shown {
  const isAny = (it: Figure) => it.value(figures) > 0;
  const told = usual.filter((it) => !(isOff || it.isRare) || isAny(it));
  const all = isOff ? [PASSED, ...told] : told;
  const onCard = isOff
    ? [PASSED]
    : all.filter((it) => it.onCard === "always" || (it.onCard === "if any" && isAny(it)));
  return { onCard, onDemand: onCard.length < all.length ? all : [] };
}

export const WAITING: Figure = {
  label: texts.waiting,
  icon: Clock,
  hue: "text-waiting",
  value: waitingAt,
  of: "entered",
  onCard: "always",
  opens: { status: "active" },
};

export const ENTERED: Figure = {
  label: texts.entered,
  icon: LogOut,
  hue: "text-ink-soft",
  value: counted("entered"),
  of: "entered",
  onCard: "always",
};

const PASSED: Figure = {
  label: texts.passed,
  icon: FastForward,
  hue: "text-ink-soft",
  value: counted("passed"),
  of: "entered",
  onCard: "always",
};
