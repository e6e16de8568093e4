import { listOf } from "@/shared/json";
import type { TitleOf } from "../kind";

export const splitTitle: TitleOf = (settings) => [
  `Split in ${listOf(settings.branches).length || "…"}`,
];
