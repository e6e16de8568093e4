import { CircleStop, LogOut } from "lucide-react";
import { counted } from "../../figures";
import type { KindOf } from "../kind";

export const end: KindOf<"end"> = {
  name: "End",
  about: "The contact is done here",
  icon: CircleStop,
  hue: "var(--line-strong)",
  stem: "end",
  line: () => "Nothing follows",
  ports: () => [],
  portLabel: (_, port) => (port === "next" ? null : port),
  initial: () => ({ reason: "finished" }),
  isOffered: true,
  canBeOff: false,
  figures: [
    {
      label: "ended here",
      icon: LogOut,
      hue: "text-sent",
      value: counted("completed"),
      of: "entered",
      opens: { status: "completed" },
    },
  ],
};
