import { textOf } from "@/shared/json";
import type { TitleOf } from "../kind";

export const endTitle: TitleOf = (settings) => {
  const reason = textOf(settings.reason, "finished");
  return reason === "finished" ? ["Finished"] : ["Finished: ", { name: reason }];
};
