import { CirclePlay } from "lucide-react";
import { ENTERED } from "../../figures";
import { type KindOf, ONE_EXIT } from "../kind";

export const start: KindOf<"start"> = {
  name: "Start",
  about: "Where every contact enters",
  icon: CirclePlay,
  hue: "var(--accent)",
  stem: "start",
  line: () => "All at launch, later ones at once",
  ...ONE_EXIT,
  initial: () => null,
  isOffered: false,
  canBeOff: false,
  figures: [ENTERED],
};
