/**
 * The live counts: separate from everything else, because they change every second.
 *
 * Invariant: deltas are applied in the order of their revisions; an older one changes nothing.
 */
import { createStore, type StoreApi } from "zustand";
import { COUNT_NAMES, type CountName, type NodeFigures } from "@/entities/flow/figures";
import type { Schemas } from "@/shared/api/client";
import type { LeadPath } from "./path";

export interface Counts {
  readonly revision: number;
  readonly leads: Readonly<Record<string, number>>;
  readonly nodes: Readonly<Record<string, NodeFigures>>;
  readonly latenessMs: Readonly<Record<string, number>>;
}

export interface LiveState extends Counts {
  /** Whether the canvas shows counts and is read-only. */
  readonly isOn: boolean;
  readonly isPercent: boolean;
  /** The last request had no answer. */
  readonly isStale: boolean;
  /** Leads on their way by flow version, newest first. */
  readonly versions: readonly Schemas["VersionCountsView"][];
  /** The flow version whose leads are shown; null: all leads, on the latest flow. */
  readonly version: number | null;
  /** Where the leads of that version are. */
  readonly versionNodes: Readonly<Record<string, NodeFigures>>;
  /** One lead's path; everything else is dimmed. */
  readonly path: LeadPath | null;
}

export type LiveStore = StoreApi<LiveState>;

export function createLive(isOn: boolean): LiveStore {
  return createStore<LiveState>()(() => ({
    revision: 0,
    leads: {},
    nodes: {},
    latenessMs: {},
    isOn,
    isPercent: false,
    isStale: false,
    versions: [],
    version: null,
    versionNodes: {},
    path: null,
  }));
}

type CountsView = Schemas["CountsView"];

/** `since` 0: everything; otherwise only the changes. */
export function laidOver(counts: Counts, view: CountsView): Counts {
  if (view.revision < counts.revision) {
    return counts;
  }
  const nodes: Record<string, NodeFigures> = { ...counts.nodes };
  for (const [id, news] of Object.entries(view.nodes)) {
    nodes[id] = merged(nodes[id], news);
  }
  return {
    revision: view.revision,
    leads: { ...counts.leads, ...view.leads },
    nodes,
    latenessMs: { ...counts.latenessMs, ...view.lateness_ms },
  };
}

/** Where the leads of one version are, as figures of its nodes. */
export function nodesOf(view: Schemas["VersionCountsView"] | undefined): LiveState["versionNodes"] {
  const nodes = Object.entries(view?.nodes ?? {});
  return Object.fromEntries(nodes.map(([id, counts]) => [id, { counts, took: {} }]));
}

function merged(old: NodeFigures | undefined, news: Schemas["NodeCounts"]): NodeFigures {
  const counts: Partial<Record<CountName, number>> = { ...old?.counts };
  for (const name of COUNT_NAMES) {
    const value = news[name];
    if (typeof value === "number") {
      counts[name] = value;
    }
  }
  return { counts, took: { ...old?.took, ...news.took } };
}

/**
 * A percentile of the lateness of waits, in milliseconds: the upper bound of its bucket. null if no
 * wait has ended; Infinity beyond the last bound.
 */
export function lateness(counts: Counts, share: number): number | null {
  const buckets = Object.entries(counts.latenessMs)
    .map(([bound, number]) => [bound === "inf" ? Number.POSITIVE_INFINITY : Number(bound), number])
    .sort(([left = 0], [right = 0]) => left - right);
  const total = buckets.reduce((all, [, number = 0]) => all + number, 0);
  if (total === 0) {
    return null;
  }
  let passed = 0;
  for (const [bound = 0, number = 0] of buckets) {
    passed += number;
    if (passed >= share * total) {
      return bound;
    }
  }
  return Number.POSITIVE_INFINITY;
}
