/** Failed leads by what they have in common, added up from the parts of the API's count. Pure. */
import type { Schemas } from "@/shared/api/client";

type Part = Pick<Schemas["FailedLeadsView"], "groups" | "others">;
type Counted = Schemas["FailedLeadsCountView"];

export interface Group extends Counted {
  key: string;
  node: string;
  reason: string;
  answer: string;
}

export interface FailedLeads extends Counted {
  /** The largest first. */
  groups: Group[];
  /** Leads of groups that the API does not name. */
  others: Counted;
}

/** What is retried: everything that was counted, or some groups by their keys. */
export type Choice = "all" | ReadonlySet<string>;

export function addedUp(parts: readonly Part[]): FailedLeads {
  const groups = new Map<string, Group>();
  const others = none();
  const sum = none();
  for (const part of parts) {
    for (const it of part.groups) {
      const key = JSON.stringify([it.node_id, it.reason, it.answer]);
      const group = groups.get(key) ?? {
        ...none(),
        key,
        node: it.node_id,
        reason: it.reason,
        answer: it.answer,
      };
      add(group, it);
      add(sum, it);
      groups.set(key, group);
    }
    add(others, part.others);
    add(sum, part.others);
  }
  return { ...sum, groups: [...groups.values()].sort((a, b) => b.leads - a.leads), others };
}

function none(): Counted {
  return { leads: 0, can_retry: 0, obstacles: {} };
}

function add(sum: Counted, more: Counted): void {
  sum.leads += more.leads;
  sum.can_retry += more.can_retry;
  for (const [obstacle, leads] of Object.entries(more.obstacles)) {
    sum.obstacles[obstacle] = (sum.obstacles[obstacle] ?? 0) + leads;
  }
}

/** The choice with the group in it, or no longer. Choosing every group is not "all": leads of
 * groups that are not named stay out. */
export function toggled(choice: Choice, group: Group, failed: FailedLeads): Choice {
  const chosen =
    choice === "all"
      ? new Set(failed.groups.filter((it) => it.can_retry > 0).map((it) => it.key))
      : new Set(choice);
  if (!chosen.delete(group.key)) {
    chosen.add(group.key);
  }
  return chosen;
}

export function isChosen(choice: Choice, group: Group): boolean {
  return group.can_retry > 0 && (choice === "all" || choice.has(group.key));
}

export function chosenLeads(choice: Choice, failed: FailedLeads): number {
  return choice === "all"
    ? failed.can_retry
    : failed.groups
        .filter((it) => choice.has(it.key))
        .reduce((sum, { can_retry }) => sum + can_retry, 0);
}

/** The body's groups for the API: none means all failed leads. */
export function wanted(
  choice: Choice,
  failed: FailedLeads,
  node: string | null,
): Schemas["FailedLeadsChoice"][] {
  if (choice === "all") {
    return node ? [{ node_id: node }] : [];
  }
  return failed.groups
    .filter((it) => choice.has(it.key))
    .map((it) => ({
      node_id: it.node,
      reason: it.reason as Schemas["Reason"],
      answer: it.answer,
    }));
}
