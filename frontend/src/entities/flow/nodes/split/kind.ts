import { Split } from "lucide-react";
import { isRecord, listOf, textOf } from "@/shared/json";
import { ENTERED } from "../../figures";
import type { KindOf } from "../kind";
import { branchName, sharesOf, shareText } from "./shares";
import { texts } from "./texts";
import { splitTitle } from "./title";

export const split: KindOf<"split"> = {
  name: texts.name,
  about: texts.about,
  icon: Split,
  hue: "var(--running)",
  stem: "split",
  title: splitTitle,
  line: (settings) =>
    [...sharesOf(settings)]
      .map(([port, share]) => `${branchName(settings, port)} ${shareText(share)}`)
      .join(" · ") || texts.noBranches,
  ports: (settings) =>
    listOf(settings.branches)
      .filter(isRecord)
      .map((it) => textOf(it.port))
      .filter((port, place, all) => port !== "" && all.indexOf(port) === place),
  portName: branchName,
  portShare: (settings, port) => sharesOf(settings).get(port),
  initial: () => ({
    branches: [
      { port: "a", weight: 50 },
      { port: "b", weight: 50 },
    ],
  }),
  isOffered: true,
  canBeOff: false,
  figures: [ENTERED],
};
