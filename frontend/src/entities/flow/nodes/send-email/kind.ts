import { Mail } from "lucide-react";
import { textOf } from "@/shared/json";
import { readable } from "../../merge-tags";
import { type KindOf, ONE_EXIT } from "../kind";
import { FIGURES } from "./figures";
import { texts } from "./texts";
import { sendEmailTitle } from "./title";

export const sendEmail: KindOf<"sendEmail"> = {
  name: texts.name,
  about: texts.about,
  icon: Mail,
  hue: "var(--sent)",
  stem: "email",
  title: sendEmailTitle,
  line: (settings) =>
    readable(textOf(settings.preheader).trim() || excerpt(textOf(settings.body))) || texts.noText,
  ...ONE_EXIT,
  initial: () => ({ subject: "", body: "" }),
  isOffered: true,
  canBeOff: true,
  figures: FIGURES,
};

const EXCERPT_MAX = 120;

/** The first words of a body without its tags. */
export function excerpt(body: string): string {
  return body
    .slice(0, EXCERPT_MAX * 10)
    .replace(/<(style|script)[^>]*>[\s\S]*?<\/\1>/gi, " ")
    .replace(/<[^>]*>?/g, " ")
    .replace(/&nbsp;/g, " ")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, EXCERPT_MAX);
}
