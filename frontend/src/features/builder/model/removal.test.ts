import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Canvas } from "./canvas";
import { fromCanvas, toCanvas } from "./codec";
import { anyDraft } from "./fixtures";
import { questionOf, remove } from "./removal";

/** start > asks; yes > gift > thanks > end; no > end. */
const fork = (more: { from_node: string; to_node: string; from_port?: string }[] = []) =>
  toCanvas({
    nodes: ["start", "asks", "gift", "thanks", "end", "loose"].map((id) => ({
      id,
      type: { start: "start", asks: "condition", end: "end" }[id] ?? "wait",
    })),
    connections: [
      { from_node: "start", to_node: "asks" },
      { from_node: "asks", to_node: "gift", from_port: "yes" },
      { from_node: "gift", to_node: "thanks" },
      { from_node: "thanks", to_node: "end" },
      ...more,
    ],
  }).canvas;
const NO = { from_node: "asks", from_port: "no", to_node: "end" };
const ASKS = new Set(["asks"]);
const NONE = new Map<string, string | null>();
const shape = (canvas: Canvas) => ({
  nodes: canvas.nodes.map((it) => it.id).join(" "),
  edges: canvas.edges.map((it) => `${it.from}.${it.port}>${it.to}`),
});

describe("removing a condition", () => {
  it("asks which branch stays, and shows both", () => {
    const question = questionOf(fork([NO]), ASKS, NONE);
    expect(question?.node.id).toBe("asks");
    expect(question?.branches.map((it) => [it.label, it.own.map((node) => node.id)])).toEqual([
      ["Yes", ["gift", "thanks"]],
      ["No", []],
    ]);
    expect(question?.branches[1]?.to.id).toBe("end");
  });

  it("connects the branch that stays, and removes what only the other led to", () => {
    expect(shape(remove(fork([NO]), ASKS, new Map([["asks", "yes"]])))).toEqual({
      nodes: "start gift thanks end loose",
      edges: ["start.next>gift", "gift.next>thanks", "thanks.next>end"],
    });
    expect(shape(remove(fork([NO]), ASKS, new Map([["asks", "no"]])))).toEqual({
      nodes: "start end loose",
      edges: ["start.next>end"],
    });
  });

  it("can keep neither; what was loose before stays", () => {
    expect(shape(remove(fork([NO]), ASKS, new Map([["asks", null]])))).toEqual({
      nodes: "start loose",
      edges: [],
    });
  });

  it("asks nothing if only one branch leads anywhere, or all lead to the same node", () => {
    expect(questionOf(fork(), ASKS, NONE)).toBeNull();
    const same = fork([{ ...NO, to_node: "gift" }]);
    expect(questionOf(same, ASKS, NONE)).toBeNull();
    expect(shape(remove(same, ASKS)).edges).toContain("start.next>gift");
  });

  it("asks nothing about branches that are removed as well", () => {
    expect(questionOf(fork([NO]), new Set(["asks", "gift", "thanks"]), NONE)).toBeNull();
  });

  it("asks about each of several, one after the other", () => {
    const { canvas } = toCanvas({
      nodes: [
        { id: "start", type: "start" },
        { id: "one", type: "condition" },
        { id: "two", type: "condition" },
        ...["a", "b", "c"].map((id) => ({ id, type: "end" })),
      ],
      connections: [
        { from_node: "start", to_node: "one" },
        { from_node: "one", from_port: "yes", to_node: "a" },
        { from_node: "one", from_port: "no", to_node: "b" },
        { from_node: "a", to_node: "two" },
        { from_node: "two", from_port: "yes", to_node: "b" },
        { from_node: "two", from_port: "no", to_node: "c" },
      ],
    });
    const both = new Set(["one", "two"]);
    expect(questionOf(canvas, both, NONE)?.node.id).toBe("one");
    expect(questionOf(canvas, both, new Map([["one", "yes"]]))?.node.id).toBe("two");
    const all = new Map([
      ["one", "yes"],
      ["two", "no"],
    ]);
    expect(questionOf(canvas, both, all)).toBeNull();
    expect(shape(remove(canvas, both, all)).nodes).toBe("start a c");
  });

  it("leaves a valid flow, whatever is removed and whatever is answered", () => {
    fc.assert(
      fc.property(anyDraft, fc.array(fc.nat(8)), fc.nat(3), (draft, places, answer) => {
        const { canvas } = toCanvas(draft);
        const ids = new Set(places.flatMap((it) => canvas.nodes[it]?.id ?? []));
        const choices = new Map<string, string | null>();
        for (
          let asked = questionOf(canvas, ids, choices);
          asked;
          asked = questionOf(canvas, ids, choices)
        ) {
          choices.set(asked.node.id, asked.branches[answer]?.port ?? null);
        }
        const left = remove(canvas, ids, choices);
        const { repairs } = toCanvas(fromCanvas(left));
        expect(repairs.filter((it) => !it.includes("no nodes"))).toEqual([]);
        expect(left.nodes.some((it) => ids.has(it.id) && it.type !== "start")).toBe(false);
      }),
    );
  });
});
