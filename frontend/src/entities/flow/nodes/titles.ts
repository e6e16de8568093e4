/** What a node of each type does: apart from the registry, since lists need nothing else of it. */

import type { NodeType } from "../document";
import { conditionTitle } from "./condition/title";
import { endTitle } from "./end/title";
import type { TitleOf } from "./kind";
import { sendEmailTitle } from "./send-email/title";
import { splitTitle } from "./split/title";
import { startTitle } from "./start/title";
import { texts } from "./texts";
import { waitTitle } from "./wait/title";

const TITLES: Readonly<Record<string, TitleOf>> = {
  start: startTitle,
  sendEmail: sendEmailTitle,
  wait: waitTitle,
  condition: conditionTitle,
  split: splitTitle,
  end: endTitle,
} satisfies Record<NodeType, TitleOf>;

const FOREIGN: TitleOf = () => [texts.unknownType];

export function titleOf(type: string): TitleOf {
  return (Object.hasOwn(TITLES, type) && TITLES[type]) || FOREIGN;
}
