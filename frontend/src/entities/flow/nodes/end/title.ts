import { textOf } from "@/shared/json";
import type { TitleOf } from "../kind";
import { texts } from "./texts";

export const endTitle: TitleOf = (settings) => {
  const reason = textOf(settings.reason, "finished");
  return reason === "finished" ? [texts.title] : [texts.titled, { name: reason }];
};
