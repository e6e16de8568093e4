/**
 * What the builder edits: a draft as an immutable value.
 *
 * Invariant: ids are unique, every edge ends at existing nodes, and every (node, port) has at most
 * one edge. Only the API decides whether the flow makes sense, never this code.
 */
import type { Configuration } from "@/entities/flow/document";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface CanvasNode {
  readonly id: string;
  /** A type of the engine's, or a foreign one that the API will report as unknown. */
  readonly type: string;
  /** null if the draft has none. */
  readonly configuration: Configuration | null;
  /** Switched off: leads skip it. */
  readonly isOff: boolean;
  /** The position that a person chose; null if the automatic layout places it. */
  readonly position: Point | null;
  /** Other layout data of this node. */
  readonly kept: Configuration;
}

export interface CanvasEdge {
  readonly from: string;
  readonly port: string;
  readonly to: string;
  /** Whether the draft spells out `next`, which is optional. */
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
  /** null: the draft has none, and the API uses UTC. */
  readonly zone: string | null;
  /** The rest of the layout: viewport, description, and data of other programs. */
  readonly layout: Configuration;
}

export const PORT_DEFAULT = "next";

export const NOTE_SIZE = { width: 220, height: 120 } as const;

/** The id of an edge: a port has at most one. */
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

/** The node's name; the engine has no names, so the layout keeps them. */
export function nameOf(node: CanvasNode): string {
  const name = node.kept.name;
  return typeof name === "string" ? name.trim() : "";
}
