/**
 * What the builder edits: a draft as a value that never changes in place.
 *
 * Invariant: ids are unique, every edge ends at nodes that are there, every (node, port) has at
 * most one edge. Whether the flow makes sense is for the API to say, never for this code.
 */
import type { Configuration } from "@/entities/flow/document";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface CanvasNode {
  readonly id: string;
  /** A type of the engine's, or a foreign one that the API will name as unknown. */
  readonly type: string;
  /** null where the draft has none. */
  readonly configuration: Configuration | null;
  /** Switched off: leads pass it by. */
  readonly isOff: boolean;
  /** Where somebody put it; null where the automatic layout places it. */
  readonly position: Point | null;
  /** What else the layout keeps of this node. */
  readonly kept: Configuration;
}

export interface CanvasEdge {
  readonly from: string;
  readonly port: string;
  readonly to: string;
  /** Whether the draft writes `next`, which it may leave out. */
  readonly isPortWritten: boolean;
}

export interface Note {
  readonly id: string;
  readonly text: string;
  readonly position: Point;
  readonly width: number;
  readonly height: number;
  readonly kept: Configuration;
}

export interface Canvas {
  readonly nodes: readonly CanvasNode[];
  readonly edges: readonly CanvasEdge[];
  readonly notes: readonly Note[];
  /** null: the draft has none, and the API takes UTC. */
  readonly zone: string | null;
  /** The rest of the layout: viewport, description, whatever others keep there. */
  readonly layout: Configuration;
}

export const PORT_DEFAULT = "next";

export const NOTE_SIZE = { width: 220, height: 120 } as const;

/** The name of an edge: a port has one at most. */
export function edgeId(edge: { from: string; port: string }): string {
  return `${edge.from}/${edge.port}`;
}

export function nodeOf(canvas: Canvas, id: string): CanvasNode | undefined {
  return canvas.nodes.find((it) => it.id === id);
}

export function edgeAt(canvas: Canvas, from: string, port: string): CanvasEdge | undefined {
  return canvas.edges.find((it) => it.from === from && it.port === port);
}

export function settingsOf(node: CanvasNode): Configuration {
  return node.configuration ?? {};
}

/** What somebody called the node; the engine knows no names, so the layout keeps them. */
export function nameOf(node: CanvasNode): string {
  const name = node.kept.name;
  return typeof name === "string" ? name.trim() : "";
}
