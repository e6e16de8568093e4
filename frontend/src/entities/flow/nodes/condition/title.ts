import { isRecord, listOf, textOf } from "@/shared/json";
import type { Configuration } from "../../document";
import type { Phrase } from "../../phrase";
import type { NameOf, TitleOf } from "../kind";
import { rulePhrase } from "./rules";
import { texts } from "./texts";

export const conditionTitle: TitleOf = (settings, nameOf) =>
  settings.mode === "attributes" ? rulesTitle(settings) : behaviourTitle(settings, nameOf);

function behaviourTitle(settings: Configuration, nameOf: NameOf): Phrase {
  const verb = settings.event === "opened" ? texts.opened : texts.clicked;
  const link = textOf(settings.link);
  const what = link ? linkText(link) : nameOf(textOf(settings.email_node));
  return [`${verb} `, { name: what }, "?"];
}

function rulesTitle(settings: Configuration): Phrase {
  const rules = listOf(settings.rules).filter(isRecord);
  const first = rules[0];
  if (!first) {
    return [texts.which];
  }
  return rules.length === 1
    ? [...rulePhrase(first), "?"]
    : [texts.ofRules(settings.match === "any", rules.length)];
}

/** A link without the parts that all links have. */
export function linkText(link: string): string {
  return link.replace(/^https?:\/\/(www\.)?/, "").replace(/\/$/, "");
}
