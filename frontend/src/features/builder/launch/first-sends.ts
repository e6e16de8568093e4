/** The first e-mails of a launch, in words. Pure. */

import type { Elapsed } from "@/entities/flow/nodes/kind";
import type { Canvas, CanvasNode } from "../model/canvas";
import { elapsed, exitsFrom, graphOf, isForegone } from "../model/graph";
import { emailName, portLabel } from "../model/titles";
import { texts } from "../texts";

export interface FirstSend {
  /** Of its node. */
  id: string;
  /** The name of the e-mail. */
  email: string;
  /** "at once", "3 days after launch", "when Next Monday 09:00 comes". */
  when: string;
  /** From the launch; null if it depends on the contact. */
  seconds: number | null;
}

/** The first e-mails on each branch; at most `max`. */
export function firstSends(canvas: Canvas, max = 3): FirstSend[] {
  const graph = graphOf(canvas);
  const times = elapsed(graph);
  const start = canvas.nodes.find((it) => it.type === "start");
  const seen = new Set<string>();
  const found: FirstSend[] = [];
  const open: { node: CanvasNode; on: string }[] = start ? [{ node: start, on: "" }] : [];
  for (let here = open.shift(); here && found.length < max; here = open.shift()) {
    if (seen.has(here.node.id)) {
      continue;
    }
    seen.add(here.node.id);
    if (here.node.type === "sendEmail" && !here.node.isOff) {
      const time = times.get(here.node.id);
      found.push({
        id: here.node.id,
        email: emailName(canvas, here.node.id),
        seconds: time?.isExact ? time.seconds : null,
        when: `${whenText(time)}${here.on}`,
      });
      continue;
    }
    for (const edge of exitsFrom(graph, here.node)) {
      const next = graph.byId.get(edge.to);
      const label = isForegone(graph, here.node) ? null : portLabel(here.node, edge.port);
      const on = label ? texts.toBranch(label) : here.on;
      if (next) {
        open.push({ node: next, on });
      }
    }
  }
  return found;
}

function whenText(time: Elapsed | undefined): string {
  if (!time) {
    return texts.never;
  }
  if (!time.isExact) {
    return time.seconds === 0 ? texts.whenDue : texts.afterWaits;
  }
  if (time.seconds === 0) {
    return texts.atOnce;
  }
  return texts.afterLaunch(lengthOf(time.seconds));
}

function lengthOf(seconds: number): string {
  const sizes: [string, number][] = [
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
    ["second", 1],
  ];
  for (const [unit, size] of sizes) {
    if (seconds >= size) {
      const amount = Math.floor(seconds / size);
      return `${amount} ${unit}${amount === 1 ? "" : "s"}`;
    }
  }
  return texts.atOnce;
}
