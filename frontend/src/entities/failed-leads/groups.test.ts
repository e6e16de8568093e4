import { describe, expect, it } from "vitest";
import { addedUp, chosenLeads, isChosen, toggled, wanted } from "./groups";

const DENIED = { node_id: "a", reason: "rejected", answer: "554 denied" };
const FULL = { node_id: "b", reason: "rejected", answer: "552 full" };
const NONE = { leads: 0, can_retry: 0, obstacles: {} };

const failed = addedUp([
  { groups: [{ ...FULL, leads: 3, can_retry: 3, obstacles: {} }], others: NONE },
  {
    groups: [
      { ...DENIED, leads: 9, can_retry: 8, obstacles: { suppressed: 1 } },
      { ...FULL, leads: 1, can_retry: 0, obstacles: { suppressed: 1 } },
    ],
    others: { leads: 2, can_retry: 2, obstacles: {} },
  },
]);
const [denied, full] = failed.groups;

describe("failed leads", () => {
  it("are added up over all parts, the largest group first", () => {
    expect(failed.groups.map((it) => [it.answer, it.leads, it.can_retry])).toEqual([
      ["554 denied", 9, 8],
      ["552 full", 4, 3],
    ]);
    expect(failed).toMatchObject({ leads: 15, can_retry: 13, obstacles: { suppressed: 2 } });
    expect(failed.others.leads).toBe(2);
  });

  it("are all wanted without a list, or at one node", () => {
    expect(chosenLeads("all", failed)).toBe(13);
    expect(wanted("all", failed, null)).toEqual([]);
    expect(wanted("all", failed, "a")).toEqual([{ node_id: "a" }]);
  });

  it("are chosen by group, without the groups that have no name", () => {
    if (!denied || !full) {
      throw new Error("two groups");
    }
    const choice = toggled("all", full, failed);
    expect([isChosen(choice, denied), isChosen(choice, full)]).toEqual([true, false]);
    expect(chosenLeads(choice, failed)).toBe(8);
    expect(wanted(choice, failed, null)).toEqual([DENIED]);
    expect(chosenLeads(toggled(choice, full, failed), failed)).toBe(11);
  });
});
