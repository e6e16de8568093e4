/**
 * Copied nodes as JSON text, so that the clipboard can carry them to other campaigns.
 *
 * Invariant: pasted nodes have new ids; connections and conditions among them refer to the new ids.
 */

import type { Configuration } from "@/entities/flow/document";
import { isRecord } from "@/shared/json";
import type { Canvas, CanvasEdge, CanvasNode } from "./canvas";
import { edgeAt } from "./canvas";
import { freeId, fromCanvas, toCanvas } from "./codec";
import type { Made, Port } from "./commands";
import { portsOf } from "./titles";

export const CLIP_KIND = "emailbuilder/nodes";
const SHIFT = 32;

/** The selected nodes and notes, and the connections among them. null if nothing can be copied. */
export function copied(canvas: Canvas, ids: ReadonlySet<string>): string | null {
  const nodes = canvas.nodes.filter((it) => ids.has(it.id) && it.type !== "start");
  const notes = canvas.notes.filter((it) => ids.has(it.id));
  if (nodes.length + notes.length === 0) {
    return null;
  }
  const known = new Set(nodes.map((it) => it.id));
  const edges = canvas.edges.filter((it) => known.has(it.from) && known.has(it.to));
  const part = fromCanvas({ nodes, edges, notes, zone: null, layout: {} });
  return JSON.stringify({ kind: CLIP_KIND, ...part });
}

/** The nodes in a clipboard's text: our own copies, or a whole flow as JSON. */
export function readClip(text: string): Canvas | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(value) || !Array.isArray(value.nodes)) {
    return null;
  }
  const { canvas } = toCanvas(value);
  const nodes = canvas.nodes.filter((it) => it.type !== "start");
  const known = new Set(nodes.map((it) => it.id));
  const edges = canvas.edges.filter((it) => known.has(it.from) && known.has(it.to));
  return nodes.length + canvas.notes.length > 0 ? { ...canvas, nodes, edges } : null;
}

/**
 * Paste a clip. With `at`, its first node follows that port, and the node that followed there
 * follows the clip's first open exit; otherwise it is placed beside the flow.
 */
export function pasted(canvas: Canvas, clip: Canvas, at: Port | null): Made {
  const taken = new Set([...canvas.nodes, ...canvas.notes].map((it) => it.id));
  const names = new Map<string, string>();
  for (const it of [...clip.nodes, ...clip.notes]) {
    const id = taken.has(it.id) ? freeId(it.id.replace(/-\d+$/, ""), taken) : it.id;
    names.set(it.id, id);
    taken.add(id);
  }
  const nameOf = (id: string) => names.get(id) ?? id;
  const nodes = clip.nodes.map((it) => ({
    ...it,
    id: nameOf(it.id),
    configuration: it.configuration && followed(it.configuration, names),
    position: at ? null : it.position && moved(it.position),
  }));
  const notes = clip.notes.map((it) => ({
    ...it,
    id: nameOf(it.id),
    position: moved(it.position),
  }));
  const inner = clip.edges.map((it) => ({ ...it, from: nameOf(it.from), to: nameOf(it.to) }));
  const joined = at ? joint(canvas, nodes, inner, at) : { kept: canvas.edges, added: [] };
  return {
    canvas: {
      ...canvas,
      nodes: [...canvas.nodes, ...nodes],
      notes: [...canvas.notes, ...notes],
      edges: [...joined.kept, ...inner, ...joined.added],
    },
    ids: [...nodes, ...notes].map((it) => it.id),
  };
}

function joint(
  canvas: Canvas,
  nodes: readonly CanvasNode[],
  inner: readonly CanvasEdge[],
  at: Port,
): { kept: readonly CanvasEdge[]; added: CanvasEdge[] } {
  const entered = new Set(inner.map((it) => it.to));
  const first = nodes.find((it) => !entered.has(it.id)) ?? nodes[0];
  if (!first) {
    return { kept: canvas.edges, added: [] };
  }
  const old = edgeAt(canvas, at.from, at.port);
  const added = [{ from: at.from, port: at.port, to: first.id, isPortWritten: at.port !== "next" }];
  const exit = openExit(first, nodes, inner);
  if (old && exit) {
    added.push({ ...exit, to: old.to, isPortWritten: exit.port !== "next" });
  }
  return { kept: canvas.edges.filter((it) => it !== old), added };
}

/** The first port that leads nowhere, along the first exits from `first`. */
function openExit(
  first: CanvasNode,
  nodes: readonly CanvasNode[],
  inner: readonly CanvasEdge[],
): Port | null {
  const seen = new Set<string>();
  let here: CanvasNode | undefined = first;
  while (here && !seen.has(here.id)) {
    seen.add(here.id);
    let next: CanvasNode | undefined;
    for (const port of portsOf(here)) {
      const edge = inner.find((it) => it.from === here?.id && it.port === port);
      if (!edge) {
        return { from: here.id, port };
      }
      next ??= nodes.find((it) => it.id === edge.to);
    }
    here = next;
  }
  return null;
}

/** A condition asks about the e-mail that was copied with it. */
function followed(value: Configuration, names: ReadonlyMap<string, string>): Configuration {
  const email = value.email_node;
  const name = typeof email === "string" ? names.get(email) : undefined;
  return name === undefined ? value : { ...value, email_node: name };
}

function moved(position: { x: number; y: number }): { x: number; y: number } {
  return { x: position.x + SHIFT, y: position.y + SHIFT };
}
