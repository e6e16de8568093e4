import { CircleStop, LogOut } from "lucide-react";
import { textOf } from "@/shared/json";
import { counted } from "../../figures";
import type { KindOf } from "../kind";

export const end: KindOf<"end"> = {
  name: "End",
  about: "The contact is done here",
  icon: CircleStop,
  hue: "var(--line-strong)",
  stem: "end",
  title: (settings) => {
    const reason = textOf(settings.reason, "finished");
    return reason === "finished" ? ["Finished"] : ["Finished: ", { name: reason }];
  },
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
