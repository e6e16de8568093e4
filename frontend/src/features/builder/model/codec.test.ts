import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromCanvas, toCanvas } from "./codec";
import { anyDraft, engineFixtures } from "./fixtures";

describe("codec", () => {
  it.each(engineFixtures())("returns $name unchanged, key for key", ({ document }) => {
    const { canvas, repairs } = toCanvas(document);
    expect(repairs).toEqual([]);
    expect(fromCanvas(canvas)).toEqual(document);
  });

  it("returns any draft of the API unchanged, key for key", () => {
    fc.assert(
      fc.property(anyDraft, (draft) => {
        const { canvas, repairs } = toCanvas(draft);
        expect(repairs).toEqual([]);
        expect(fromCanvas(canvas)).toEqual(draft);
      }),
    );
  });

  it("opens any JSON, and its result needs no second repair", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue(),
          fc.record({ nodes: fc.jsonValue(), connections: fc.jsonValue(), layout: fc.jsonValue() }),
          fc.record({
            nodes: fc.array(
              fc.record({
                id: fc.jsonValue(),
                type: fc.jsonValue(),
                configuration: fc.jsonValue(),
                disabled: fc.jsonValue(),
              }),
            ),
            layout: fc.record({ notes: fc.array(fc.record({ position: fc.jsonValue() })) }),
          }),
        ),
        (value) => {
          const { canvas } = toCanvas(value);
          const again = toCanvas(fromCanvas(canvas));
          expect(again.canvas).toEqual(canvas);
          expect(again.repairs.filter((it) => !it.includes("had no type"))).toEqual([]);
        },
      ),
    );
  });

  it("reads and writes the switch, and writes none for a node that is on", () => {
    const nodes = [
      { id: "start", type: "start" },
      { id: "mail", type: "sendEmail", disabled: true },
      { id: "wait", type: "wait", disabled: false },
    ];
    const { canvas, repairs } = toCanvas({ nodes });
    expect(repairs).toEqual([]);
    expect(canvas.nodes.map((it) => it.isOff)).toEqual([false, true, false]);
    expect(fromCanvas(canvas)).toEqual({
      nodes: [nodes[0], nodes[1], { id: "wait", type: "wait" }],
      connections: [],
    });
  });

  it("reports its repairs", () => {
    const { canvas, repairs } = toCanvas({
      nodes: [
        { id: "start", type: "start" },
        { id: "start", type: "wait" },
        { id: "has space", type: "end", configuration: "none" },
        { id: "mail", type: "sendEmail", disabled: "yes" },
        7,
      ],
      connections: [
        { from_node: "start", to_node: "has space" },
        { from_node: "start", to_node: "nowhere", from_port: "x" },
      ],
    });
    expect(canvas.nodes.map((it) => it.id)).toEqual(["start", "wait-1", "end-1", "mail"]);
    expect(canvas.edges.map((it) => it.to)).toEqual(["end-1"]);
    expect(canvas.nodes.map((it) => it.isOff)).not.toContain(true);
    expect(repairs).toHaveLength(6);
    expect(repairs).toContain(
      "Whether mail is switched off was neither true nor false. It is switched on.",
    );
  });
});
