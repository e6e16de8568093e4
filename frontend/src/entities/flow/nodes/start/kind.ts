import { CirclePlay } from "lucide-react";
import { ENTERED } from "../../figures";
import { type KindOf, ONE_EXIT } from "../kind";
import { texts } from "./texts";
import { startTitle } from "./title";

export const start: KindOf<"start"> = {
  name: texts.name,
  about: texts.about,
  icon: CirclePlay,
  hue: "var(--accent)",
  stem: "start",
  title: startTitle,
  line: () => texts.line,
  ...ONE_EXIT,
  initial: () => null,
  isOffered: false,
  canBeOff: false,
  figures: [ENTERED],
};
