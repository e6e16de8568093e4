import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toCanvas } from "./codec";
import { anyDraft, engineFixtures } from "./fixtures";
import { CARD, layoutOf, ROW } from "./layout";

function overlaps(places: ReadonlyMap<string, { x: number; y: number }>): string[] {
  const cards = [...places];
  return cards.flatMap(([id, at], index) =>
    cards
      .slice(index + 1)
      .filter(
        ([, other]) =>
          Math.abs(at.x - other.x) < CARD.width && Math.abs(at.y - other.y) < CARD.height,
      )
      .map(([other]) => `${id} and ${other}`),
  );
}

const diamond = (ports: [string, string]) => ({
  nodes: [
    { id: "start", type: "start" },
    { id: "asks", type: "condition", configuration: { mode: "attributes", rules: [] } },
    { id: "left", type: "wait" },
    { id: "right", type: "wait" },
    { id: "later", type: "wait" },
    { id: "end", type: "end" },
  ],
  connections: [
    { from_node: "start", to_node: "asks" },
    { from_node: "asks", to_node: "left", from_port: ports[0] },
    { from_node: "asks", to_node: "right", from_port: ports[1] },
    { from_node: "right", to_node: "later" },
    { from_node: "later", to_node: "end" },
    { from_node: "left", to_node: "end" },
  ],
});

describe("layout", () => {
  it("puts yes left and no right, whatever the order of connecting", () => {
    const drawn = layoutOf(toCanvas(diamond(["yes", "no"])).canvas).places;
    expect(drawn.get("left")?.x).toBeLessThan(drawn.get("right")?.x ?? 0);
    const other = layoutOf(toCanvas(diamond(["no", "yes"])).canvas).places;
    expect(other.get("left")?.x).toBeGreaterThan(other.get("right")?.x ?? 0);
  });

  it("centres the meeting point of branches below the fork, under the longest branch", () => {
    const places = layoutOf(toCanvas(diamond(["yes", "no"])).canvas).places;
    expect(places.get("end")).toEqual({ x: places.get("asks")?.x, y: 4 * ROW });
  });

  it("gives a branch without nodes its own lane at the side", () => {
    const draft = {
      nodes: [
        { id: "start", type: "start" },
        { id: "asks", type: "condition" },
        { id: "on", type: "wait" },
        { id: "end", type: "end" },
      ],
      connections: [
        { from_node: "start", to_node: "asks" },
        { from_node: "asks", to_node: "end", from_port: "yes" },
        { from_node: "asks", to_node: "on", from_port: "no" },
        { from_node: "on", to_node: "end" },
      ],
    };
    const { places, lanes } = layoutOf(toCanvas(draft).canvas);
    expect(lanes.get("asks/yes")).toBeLessThan(places.get("on")?.x ?? 0);
  });

  it("lets no join run past an open plus", () => {
    const draft = {
      nodes: [
        { id: "start", type: "start" },
        {
          id: "thirds",
          type: "split",
          configuration: { branches: ["a", "b", "c"].map((port) => ({ port, weight: 1 })) },
        },
        { id: "left", type: "wait" },
        { id: "loose", type: "wait" },
        { id: "right", type: "wait" },
        { id: "end", type: "end" },
      ],
      connections: [
        { from_node: "start", to_node: "thirds" },
        { from_node: "thirds", to_node: "left", from_port: "a" },
        { from_node: "thirds", to_node: "loose", from_port: "b" },
        { from_node: "thirds", to_node: "right", from_port: "c" },
        { from_node: "left", to_node: "end" },
        { from_node: "right", to_node: "end" },
      ],
    };
    const row = (it: typeof draft, id: string) =>
      (layoutOf(toCanvas(it).canvas).places.get(id)?.y ?? 0) / ROW;
    // Its "+" reaches into row 3, so the join is a row lower.
    expect(row(draft, "loose")).toBe(2);
    expect(row(draft, "end")).toBe(4);
    const open = { ...draft, connections: draft.connections.filter((it) => it.from_port !== "b") };
    expect(row(open, "end")).toBe(3);
    const closed = {
      ...draft,
      connections: [...draft.connections, { from_node: "loose", to_node: "end" }],
    };
    expect(row(closed, "end")).toBe(3);
  });

  it.each(engineFixtures())("draws $name without an overlap", ({ document }) => {
    const { canvas } = toCanvas(document);
    const { places } = layoutOf(canvas);
    expect([...places.keys()].sort()).toEqual(canvas.nodes.map((it) => it.id).sort());
    expect(overlaps(places)).toEqual([]);
  });

  it("draws any flow without an overlap, loops and loose ends included", () => {
    fc.assert(
      fc.property(anyDraft, (draft) => {
        const { canvas } = toCanvas({ ...draft, layout: {} });
        const { places } = layoutOf(canvas);
        expect(places.size).toBe(canvas.nodes.length);
        expect(overlaps(places)).toEqual([]);
      }),
    );
  });

  it("lets no line to a later meeting point run through a card", () => {
    const ab = engineFixtures().find((it) => it.name === "ab_newsletter.json");
    const { canvas } = toCanvas(ab?.document);
    const { places, lanes } = layoutOf(canvas);
    const meeting = places.get("unread")?.x ?? 0;
    for (const lane of ["opened-a/yes", "opened-b/yes"]) {
      const x = lanes.get(lane) ?? 0;
      expect(x < meeting || x > meeting + CARD.width).toBe(true);
    }
  });

  it("leaves nodes placed by hand in place, and moves their followers along", () => {
    const { canvas } = toCanvas({
      ...diamond(["yes", "no"]),
      layout: { nodes: { right: { position: { x: 900, y: 40 } } } },
    });
    const { places } = layoutOf(canvas);
    expect(places.get("right")).toEqual({ x: 900, y: 40 });
    expect(places.get("later")).toEqual({ x: 900, y: 40 + ROW });
  });

  it("draws a chain of 2,000 nodes", () => {
    const nodes = Array.from({ length: 2000 }, (_, place) => ({
      id: `n${place}`,
      type: place === 0 ? "start" : "wait",
    }));
    const connections = nodes
      .slice(1)
      .map((it, place) => ({ from_node: `n${place}`, to_node: it.id }));
    const { places } = layoutOf(toCanvas({ nodes, connections }).canvas);
    expect(places.get("n1999")).toEqual({ x: -CARD.width / 2, y: 1999 * ROW });
  });
});
