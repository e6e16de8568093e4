/** One lead's path over the canvas, from its path and its timeline. Pure. */
import { plain } from "@/entities/flow/phrase";
import { nextSentence, sentenceOf } from "@/entities/lead/timeline";
import type { Schemas } from "@/shared/api/client";
import { type Canvas, edgeId } from "../model/canvas";

export interface Passage {
  /** ISO 8601; null if it was not recorded. */
  readonly at: string | null;
  /** A sentence; null if there was no choice. */
  readonly why: string | null;
}

export interface LeadPath {
  readonly leadId: string;
  readonly email: string;
  /** What it does next, as a sentence; null if it has ended. */
  readonly next: string | null;
  readonly nodes: ReadonlySet<string>;
  /** By edge: when the lead last took it, and why. */
  readonly passages: ReadonlyMap<string, Passage>;
}

type Lead = Pick<
  Schemas["LeadRead"],
  "lead_id" | "email" | "next_step" | "execution_path" | "timeline"
>;

/**
 * Each pair of consecutive nodes is an edge; if several ports lead there, it is the one that the
 * timeline names. A step's time is that of the first entry after it.
 */
export function pathOf(lead: Lead, canvas: Canvas): LeadPath {
  const passages = new Map<string, Passage>();
  const told = [...lead.timeline].sort((left, right) => Date.parse(left.at) - Date.parse(right.at));
  let place = 0;
  for (let step = 0; step + 1 < lead.execution_path.length; step += 1) {
    const [from, to] = [lead.execution_path[step], lead.execution_path[step + 1]];
    if (from === undefined || to === undefined) {
      continue;
    }
    let at: string | null = null;
    let port: string | null = null;
    let why: string | null = null;
    // The entries at `from` for this visit; the last one tells when the lead left.
    while (place < told.length && (told[place]?.node_id === from || isAside(told[place]))) {
      const item = told[place];
      if (item && !isAside(item)) {
        at = item.at;
        const taken = item.detail.port;
        if (typeof taken === "string") {
          port = taken;
          why = plain(sentenceOf(item));
        }
      }
      place += 1;
    }
    const next = told.slice(place).find((it) => it.node_id === to && !isAside(it));
    const edges = canvas.edges.filter((it) => it.from === from && it.to === to);
    const edge = edges.find((it) => it.port === port) ?? edges[0];
    if (edge) {
      passages.set(edgeId(edge), { at: at ?? (next && !hasPassed(next) ? next.at : null), why });
    }
  }
  return {
    leadId: lead.lead_id,
    email: lead.email,
    next: lead.next_step ? plain(nextSentence(lead.next_step)) : null,
    nodes: new Set(lead.execution_path),
    passages,
  };
}

/** A reader's action is recorded at the e-mail, wherever the lead is by then. */
function isAside(item: Lead["timeline"][number] | undefined): boolean {
  return item?.kind === "hit" || item?.node_id === null;
}

/** The first entry of a wait marks its end, not its beginning. */
function hasPassed(item: Lead["timeline"][number]): boolean {
  return item.kind === "resumed";
}
