import { expect, it } from "vitest";
import { asStatus, isClosed, isLocked, leadGroups, lookOf, STATUSES } from "./status";

it("groups leads as a list shows them", () => {
  expect(leadGroups({ pending: 1, running: 2, paused: 3, completed: 4, failed: 5 })).toEqual({
    waiting: 6,
    done: 4,
    failed: 5,
    all: 15,
  });
  expect(leadGroups({})).toEqual({ waiting: 0, done: 0, failed: 0, all: 0 });
});

it("offers nothing for a status it does not know, and shows its name", () => {
  expect(lookOf("resting")).toEqual({ label: "resting", hue: "neutral", verbs: [] });
  expect(asStatus("resting")).toBeNull();
});

it("locks the flow of what is scheduled or closed, and of nothing else", () => {
  expect(STATUSES.filter(isLocked)).toEqual(["scheduled", "cancelled", "archived"]);
  expect(STATUSES.filter(isClosed)).toEqual(["cancelled", "archived"]);
});

it("never offers to delete what is active", () => {
  expect(lookOf("scheduled").verbs).not.toContain("delete");
  expect(lookOf("waiting").verbs).not.toContain("delete");
  expect(lookOf("running").verbs).not.toContain("delete");
  expect(lookOf("paused").verbs).not.toContain("delete");
});
