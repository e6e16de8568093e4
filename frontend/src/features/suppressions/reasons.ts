/** How the reasons of suppressions are shown. Pure. */
import type { Hue } from "@/shared/ui/status";
import type { Suppression } from "./requests";
import { texts } from "./texts";

type Reason = Suppression["reason"];

const LOOKS: Record<Reason, { hue: Hue; label: string; allow: string }> = {
  unsubscribed: { hue: "waiting", label: texts.unsubscribed, allow: texts.allowUnsubscribed },
  hard_bounce: { hue: "failed", label: texts.hard_bounce, allow: texts.allowBounced },
  complaint: { hue: "failed", label: texts.complaint, allow: texts.allowComplained },
  by_hand: { hue: "neutral", label: texts.by_hand, allow: texts.allowOther },
  imported: { hue: "neutral", label: texts.imported, allow: texts.allowOther },
};

/** `allow`: what to consider before the address is allowed again. */
export function lookOf(reason: Reason) {
  return LOOKS[reason];
}
