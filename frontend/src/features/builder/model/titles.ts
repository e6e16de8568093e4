/** The titles of a canvas's nodes, and of their ports. */
import { kindOf } from "@/entities/flow/nodes/registry";
import { subjectOf } from "@/entities/flow/nodes/send-email/title";
import { shareText } from "@/entities/flow/nodes/split/shares";
import { type Phrase, plain } from "@/entities/flow/phrase";
import { type Canvas, type CanvasNode, nameOf, nodeOf, settingsOf } from "./canvas";

export function portsOf(node: CanvasNode): readonly string[] {
  return kindOf(node.type).ports(settingsOf(node));
}

/** What people call an exit: null if the node has only one. */
export function portName(node: CanvasNode, port: string): string | null {
  return kindOf(node.type).portName(settingsOf(node), port);
}

/** The share of the leads that leave by an exit, if chance decides. */
export function portShare(node: CanvasNode, port: string): string | null {
  const share = kindOf(node.type).portShare?.(settingsOf(node), port);
  return share === undefined ? null : shareText(share);
}

/** The name of an exit and its share. */
export function portLabel(node: CanvasNode, port: string): string | null {
  const [name, share] = [portName(node, port), portShare(node, port)];
  return name === null || share === null ? name : `${name} · ${share}`;
}

/** The name of an e-mail: the name that a person gave it, otherwise its subject or its id. */
export function emailName(canvas: Canvas, id: string): string {
  const node = nodeOf(canvas, id);
  return (node && (nameOf(node) || subjectOf(settingsOf(node)))) || id || "…";
}

/** What the node does. */
export function sentenceOf(node: CanvasNode, canvas: Canvas): Phrase {
  return kindOf(node.type).title(settingsOf(node), (id) => emailName(canvas, id));
}

export function titleOf(node: CanvasNode, canvas: Canvas): Phrase {
  const name = nameOf(node);
  return name ? [{ name }] : sentenceOf(node, canvas);
}

/** If a name replaces the title, the second line says what the node does. */
export function lineOf(node: CanvasNode, canvas: Canvas): string {
  return nameOf(node)
    ? plain(sentenceOf(node, canvas))
    : kindOf(node.type).line(settingsOf(node), (id) => emailName(canvas, id));
}
