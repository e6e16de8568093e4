import { Check, CircleX, MailOpen, MousePointerClick } from "lucide-react";
import { counted, type Figure, WAITING } from "../../figures";

export const FIGURES: readonly Figure[] = [
  WAITING,
  {
    label: "sent",
    icon: Check,
    hue: "text-sent",
    value: counted("sent"),
    of: "entered",
    opens: { metric: "sent" },
  },
  {
    label: "failed",
    icon: CircleX,
    hue: "text-failed",
    value: counted("failed"),
    of: "entered",
    opens: { status: "failed" },
  },
  {
    label: "opened",
    icon: MailOpen,
    hue: "text-ink-soft",
    value: counted("opened"),
    of: "sent",
    opens: { metric: "opened" },
  },
  {
    label: "clicked",
    icon: MousePointerClick,
    hue: "text-ink-soft",
    value: counted("clicked"),
    of: "sent",
    opens: { metric: "clicked" },
  },
];
