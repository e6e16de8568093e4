/**
 * The names of a campaign's nodes in lists, read from its draft, which may be anything.
 *
 * A lead may follow an older version: a node that is no longer in the draft is named by its id.
 */
import { type Json, listOf, recordOf, textOf } from "@/shared/json";
import { kindOf } from "./nodes/registry";
import { subjectOf } from "./nodes/send-email/title";
import { quoted } from "./phrase";

export interface NamedNode {
  id: string;
  type: string;
  name: string;
  isOff: boolean;
}

/** In the order of the draft. */
export function namedNodes(draft: unknown): NamedNode[] {
  const { nodes, layout } = recordOf(draft);
  const kept = recordOf(recordOf(layout).nodes);
  const documents = listOf(nodes)
    .map(recordOf)
    .filter((node) => textOf(node.id) !== "");
  const givenName = (id: string): string => textOf(recordOf(kept[id]).name).trim();
  const nameOf = (id: string): string => {
    const email = documents.find((node) => node.id === id);
    return givenName(id) || subjectOf(settingsOf(email)) || id || "…";
  };
  return documents.map((node) => {
    const id = textOf(node.id);
    const type = textOf(node.type);
    return {
      id,
      type,
      name: givenName(id) || quoted(kindOf(type).title(settingsOf(node), nameOf)),
      isOff: node.disabled === true,
    };
  });
}

function settingsOf(node: Json | undefined): Json {
  return recordOf(node?.configuration);
}

/** The name of a node by its id; the id if the draft no longer has the node, "–" for no node. */
export function nodeNames(draft: unknown): (id: string | null | undefined) => string {
  const names = new Map(namedNodes(draft).map((node) => [node.id, node.name]));
  return (id) => (id ? (names.get(id) ?? id) : "–");
}
