/**
 * What a campaign's nodes are called in lists: read from its draft, which may be anything.
 *
 * A lead may walk an older version: a node that is no longer in the draft keeps its id as name.
 */
import { readable } from "./merge-tags";

export interface NamedNode {
  id: string;
  type: string;
  name: string;
  isOff: boolean;
}

type Document = Record<string, unknown>;

function documentOf(value: unknown): Document {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Document)
    : {};
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value).trim() : "";
}

function waitName(settings: Document): string {
  switch (settings.mode ?? "duration") {
    case "duration": {
      const amount = textOf(settings.amount);
      const unit = textOf(settings.unit);
      return amount && unit
        ? `Wait ${amount} ${amount === "1" ? unit.replace(/s$/, "") : unit}`
        : "Wait";
    }
    case "weekday":
      return `Wait for ${
        Array.isArray(settings.weekdays)
          ? settings.weekdays.map((day) => capital(textOf(day))).join(", ")
          : "a weekday"
      }`;
    case "attribute":
      return `Wait for ${textOf(settings.attribute) || "a date"}`;
    default:
      return "Wait until a date";
  }
}

function conditionName(settings: Document, subjectOf: (id: string) => string): string {
  if (settings.mode === "behaviour") {
    const verb = settings.event === "opened" ? "Opened" : "Clicked";
    const what = textOf(settings.link) || subjectOf(textOf(settings.email_node));
    return what ? `${verb} “${what}”?` : `${verb}?`;
  }
  const rules = Array.isArray(settings.rules) ? settings.rules : [];
  const attributes = rules.map((rule) => textOf(documentOf(rule).attribute)).filter(Boolean);
  return attributes.length > 0 ? `Check ${[...new Set(attributes)].join(", ")}` : "Condition";
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** In the order of the draft. */
export function namedNodes(draft: unknown): NamedNode[] {
  const nodes = documentOf(draft).nodes;
  if (!Array.isArray(nodes)) {
    return [];
  }
  const places = documentOf(documentOf(documentOf(draft).layout).nodes);
  const documents = nodes.map(documentOf).filter((node) => textOf(node.id) !== "");
  const subjectOf = (id: string): string => {
    const settings = documentOf(documents.find((node) => node.id === id)?.configuration);
    return readable(textOf(settings.subject)) || textOf(settings.template_id);
  };
  return documents.map((node) => {
    const id = textOf(node.id);
    const type = textOf(node.type);
    const given = textOf(documentOf(places[id]).name);
    return {
      id,
      type,
      name: given || nodeName(id, type, documentOf(node.configuration), subjectOf),
      isOff: node.disabled === true,
    };
  });
}

function nodeName(
  id: string,
  type: string,
  settings: Document,
  subjectOf: (id: string) => string,
): string {
  switch (type) {
    case "start":
      return "Start";
    case "sendEmail":
      return `Send “${subjectOf(id) || id}”`;
    case "wait":
      return waitName(settings);
    case "condition":
      return conditionName(settings, subjectOf);
    case "split":
      return "Split";
    case "end":
      return "End";
    default:
      return id;
  }
}

/** The name of a node by its id; the id where the draft no longer has it, "–" for none. */
export function nodeNames(draft: unknown): (id: string | null | undefined) => string {
  const names = new Map(namedNodes(draft).map((node) => [node.id, node.name]));
  return (id) => (id ? (names.get(id) ?? id) : "–");
}
