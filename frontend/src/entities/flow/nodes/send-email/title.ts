import { textOf } from "@/shared/json";
import type { Configuration } from "../../document";
import { readable } from "../../merge-tags";
import type { TitleOf } from "../kind";

export const sendEmailTitle: TitleOf = (settings) => {
  const subject = subjectOf(settings);
  return subject ? ["Send ", { name: subject }] : ["Send an e-mail"];
};

export function subjectOf(settings: Configuration): string {
  return readable(textOf(settings.subject).trim());
}
