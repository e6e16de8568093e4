import { CircleStop, LogOut } from "lucide-react";
import { counted } from "../../figures";
import type { KindOf } from "../kind";
import { texts } from "./texts";
import { endTitle } from "./title";

export const end: KindOf<"end"> = {
  name: texts.name,
  about: texts.about,
  icon: CircleStop,
  hue: "var(--line-strong)",
  stem: "end",
  title: endTitle,
  line: () => texts.line,
  ports: () => [],
  portLabel: (_, port) => (port === "next" ? null : port),
  initial: () => ({ reason: "finished" }),
  isOffered: true,
  canBeOff: false,
  figures: [
    {
      label: texts.figure,
      icon: LogOut,
      hue: "text-sent",
      value: counted("completed"),
      of: "entered",
      opens: { status: "completed" },
    },
  ],
};
