/**
 * The node types. If this list lacks one of the engine's types, or a type lacks a form
 * (`features/builder/nodes/forms.ts`), `tsc` fails.
 */

import { Hourglass } from "lucide-react";
import type { NodeType } from "../document";
import { condition } from "./condition/kind";
import { end } from "./end/kind";
import { type KindOf, type NodeKind, ONE_EXIT } from "./kind";
import { sendEmail } from "./send-email/kind";
import { split } from "./split/kind";
import { start } from "./start/kind";
import { texts } from "./texts";
import { wait } from "./wait/kind";

/** In the order of palette and picker. */
export const REGISTRY = { start, sendEmail, wait, condition, split, end } satisfies {
  [Type in NodeType]: KindOf<Type>;
};

/** For a type that the engine does not have: it is shown and kept, and the API reports it. */
const FOREIGN = {
  name: texts.unknown,
  about: "",
  icon: Hourglass,
  hue: "var(--failed)",
  stem: "node",
  title: () => [texts.unknownType],
  line: () => texts.replace,
  ...ONE_EXIT,
  initial: () => null,
  isOffered: false,
  canBeOff: false,
  figures: [],
} satisfies NodeKind;

export function isNodeType(type: string): type is NodeType {
  return Object.hasOwn(REGISTRY, type);
}

export function kindOf(type: string): NodeKind {
  return isNodeType(type) ? REGISTRY[type] : FOREIGN;
}

export const OFFERED: readonly NodeType[] = (Object.keys(REGISTRY) as NodeType[]).filter(
  (type) => REGISTRY[type].isOffered,
);
