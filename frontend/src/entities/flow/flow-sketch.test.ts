import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sketch } from "./flow-sketch";
import { STARTERS } from "./starters";

const node = (id: string, type = "sendEmail") => ({ id, type });
const link = (from_node: string, to_node: string, from_port = "next") => ({
  from_node,
  to_node,
  from_port,
});

describe("sketch", () => {
  it("puts yes left of no, and where they join below both", () => {
    const drawn = sketch({
      nodes: [
        node("start", "start"),
        node("c", "condition"),
        node("n"),
        node("y"),
        node("end", "end"),
      ],
      connections: [
        link("start", "c"),
        link("c", "n", "no"),
        link("c", "y", "yes"),
        link("n", "end"),
        link("y", "end"),
      ],
    });
    const at = Object.fromEntries(drawn.nodes.map((it) => [it.id, it]));
    expect(at.y?.column).toBeLessThan(at.n?.column ?? 0);
    expect(at.y?.row).toBe(at.n?.row);
    expect(at.end).toMatchObject({ row: 3, column: 0.5 });
    expect(drawn).toMatchObject({ columns: 2, rows: 4 });
  });

  it("knows what is switched off", () => {
    const nodes = [{ ...node("a"), disabled: true }, { ...node("b"), disabled: "yes" }, node("c")];
    expect(sketch({ nodes }).nodes.map((it) => it.isOff)).toEqual([true, false, false]);
  });

  it("draws every line of a starter downwards", () => {
    for (const starter of STARTERS) {
      const drawn = sketch(starter);
      expect(drawn.nodes).toHaveLength(starter.nodes.length);
      expect(drawn.lines).toHaveLength(starter.connections.length);
      for (const { from, to } of drawn.lines) {
        expect(to.row).toBeGreaterThan(from.row);
      }
    }
  });

  it("draws what it can of any document, including loops", () => {
    const ids = fc.constantFrom("a", "b", "c", "d");
    const entry = fc.oneof(
      fc.record({ id: ids, type: fc.constantFrom("start", "wait", "x") }),
      fc.jsonValue(),
    );
    const connection = fc.oneof(
      fc.record({ from_node: ids, to_node: ids, from_port: fc.constantFrom("yes", "no") }),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(
        fc.oneof(fc.array(entry), fc.jsonValue()),
        fc.oneof(fc.array(connection), fc.jsonValue()),
        (nodes, connections) => {
          const drawn = sketch({ nodes, connections });
          const places = drawn.nodes.map((it) => `${it.row}:${it.column}`);
          expect(new Set(places).size).toBe(places.length);
        },
      ),
    );
  });
});
