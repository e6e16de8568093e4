import { describe, expect, it } from "vitest";
import { namedNodes, nodeNames } from "./node-names";

const draft = {
  nodes: [
    { id: "start", type: "start" },
    { id: "hi", type: "sendEmail", configuration: { subject: "Hi {{contact.first_name}}" } },
    { id: "w1", type: "wait", configuration: { mode: "duration", amount: 1, unit: "days" } },
    { id: "w2", type: "wait", configuration: { mode: "weekday", weekdays: ["tuesday"] } },
    {
      id: "c1",
      type: "condition",
      configuration: { mode: "behaviour", event: "clicked", email_node: "hi" },
    },
    {
      id: "c2",
      type: "condition",
      configuration: {
        mode: "attributes",
        rules: [{ attribute: "plan" }, { attribute: "plan" }],
      },
    },
  ],
};

describe("nodeNames", () => {
  it("uses the name that somebody gave a node", () => {
    const named = {
      nodes: [{ id: "w", type: "wait" }],
      layout: { nodes: { w: { name: " המתנה " } } },
    };
    expect(nodeNames(named)("w")).toBe("המתנה");
  });

  it("says what each node does", () => {
    expect(namedNodes(draft).map((node) => node.name)).toEqual([
      "Contacts enter",
      "Send “Hi {first_name}”",
      "Wait 1 day",
      "Next Tuesday …",
      "Clicked “Hi {first_name}”?",
      "All of 2 rules?",
    ]);
  });

  it("knows what is switched off", () => {
    const nodes = [
      { id: "a", type: "wait", disabled: true },
      { id: "b", type: "wait" },
    ];
    expect(namedNodes({ nodes }).map((node) => node.isOff)).toEqual([true, false]);
  });

  it("uses the id of a node that is not in the draft, and a dash for no node", () => {
    const name = nodeNames(draft);
    expect(name("gone")).toBe("gone");
    expect(name(null)).toBe("–");
  });

  it.each([null, 3, [], { nodes: "x" }, { nodes: [null, 5, { id: 7 }, {}] }])(
    "reads a broken draft %j without a fault",
    (broken) => {
      expect(() => namedNodes(broken)).not.toThrow();
    },
  );
});
