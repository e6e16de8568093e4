import { describe, expect, it } from "vitest";
import { actsFor, textsOf } from "./interventions";

function lead(status: string, reason: string | null) {
  return { email: "ann@example.com", status, reason, current_node: "n", wait_until: null };
}

describe("actsFor", () => {
  it.each([
    ["pending", null, ["move", "remove"]],
    ["running", null, ["remove"]],
    ["paused", "wait", ["skip", "move", "remove"]],
    ["paused", "condition", ["skip", "move", "remove"]],
    ["paused", "deferred", ["move", "remove"]],
    ["paused", "unknown", ["remove"]],
    ["failed", "rejected", ["retry", "move"]],
    ["failed", "poison", ["move"]],
    ["completed", "end", []],
  ])("offers a lead that is %s (%s) %j", (status, reason, acts) => {
    expect(actsFor(lead(status, reason))).toEqual(acts);
  });
});

describe("textsOf", () => {
  it("offers to decide a condition, and to skip a wait", () => {
    expect(textsOf("skip", lead("paused", "condition"), "Clicked?").title).toBe("Decide now?");
    expect(textsOf("skip", lead("paused", "wait"), "Wait 3 days").about).toContain("Wait 3 days");
  });
});
