import { CircleStop, LogOut } from "lucide-react";
import { textOf } from "@/shared/json";
import { counted } from "../../figures";
import type { KindOf } from "../kind";

const texts = {
  name: "End",
  about: "The contact's flow ends here",
  line: "Nothing follows",
  figure: "ended here",
  title: "Finished",
  titled: "Finished: ",
  reason: "Reason",
  reasonHint: "Shown in each lead's timeline.",
};

const USUAL = "finished";

export const end = {
  name: texts.name,
  about: texts.about,
  icon: CircleStop,
  hue: "var(--line-strong)",
  stem: "end",
  title: (settings) => {
    const reason = textOf(settings.reason, USUAL);
    return reason === USUAL ? [texts.title] : [texts.titled, { name: reason }];
  },
  line: () => texts.line,
  ports: () => [],
  portName: (_, port) => (port === "next" ? null : port),
  initial: () => ({ reason: USUAL }),
  isOffered: true,
  canBeOff: false,
  fields: [
    { key: "reason", label: texts.reason, hint: texts.reasonHint, control: "text", usual: USUAL },
  ],
  figures: [
    {
      label: texts.figure,
      icon: LogOut,
      hue: "text-sent",
      value: counted("completed"),
      of: "entered",
      onCard: "always",
      opens: { status: "completed" },
    },
  ],
} satisfies KindOf<"end">;
