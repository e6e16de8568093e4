import { Check, CircleX, MailOpen, MailWarning, MousePointerClick, Undo2 } from "lucide-react";
import { counted, type Figure, WAITING } from "../../figures";
import { texts } from "./texts";

/** What matters on this card is what became of the mail; how full it is shows at its foot. */
const { onCard: _, ...WAITING_AT } = WAITING;

export const FIGURES: readonly Figure[] = [
  WAITING_AT,
  {
    label: texts.sent,
    icon: Check,
    hue: "text-sent",
    value: counted("sent"),
    of: "entered",
    onCard: "always",
    opens: { metric: "sent" },
  },
  {
    label: texts.opened,
    icon: MailOpen,
    hue: "text-ink-soft",
    value: counted("opened"),
    of: "sent",
    opens: { metric: "opened" },
  },
  {
    label: texts.clicked,
    icon: MousePointerClick,
    hue: "text-ink-soft",
    value: counted("clicked"),
    of: "sent",
    onCard: "always",
    isShare: true,
    opens: { metric: "clicked" },
  },
  {
    label: texts.failed,
    icon: CircleX,
    hue: "text-failed",
    value: counted("failed"),
    of: "entered",
    onCard: "if any",
    opens: { status: "failed" },
  },
  {
    label: texts.bounced,
    icon: Undo2,
    hue: "text-failed",
    value: counted("bounced"),
    of: "sent",
    isRare: true,
    opens: { metric: "bounced" },
  },
  {
    label: texts.complained,
    icon: MailWarning,
    hue: "text-failed",
    value: counted("complained"),
    of: "sent",
    isRare: true,
    opens: { metric: "complained" },
  },
];
