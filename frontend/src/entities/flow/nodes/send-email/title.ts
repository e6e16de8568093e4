import { textOf } from "@/shared/json";
import type { Configuration } from "../../document";
import { readable } from "../../merge-tags";
import type { TitleOf } from "../kind";
import { texts } from "./texts";

export const sendEmailTitle: TitleOf = (settings) => {
  const subject = subjectOf(settings);
  return subject ? [texts.titled, { name: subject }] : [texts.title];
};

export function subjectOf(settings: Configuration): string {
  return readable(textOf(settings.subject).trim());
}
