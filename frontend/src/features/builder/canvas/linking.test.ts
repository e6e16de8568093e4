import { describe, expect, it } from "vitest";
import { toCanvas } from "../model/codec";
import { CARD, layoutOf } from "../model/layout";
import { REACH_PX, takerAt } from "./linking";

const { canvas } = toCanvas({
  nodes: [
    { id: "start", type: "start" },
    { id: "asks", type: "condition" },
    { id: "mail", type: "sendEmail" },
    { id: "end", type: "end" },
  ],
  connections: [
    { from_node: "start", to_node: "asks" },
    { from_node: "asks", to_node: "mail", from_port: "yes" },
    { from_node: "mail", to_node: "end" },
  ],
});
const { places } = layoutOf(canvas);
const at = (id: string, dx: number, dy: number) => {
  const { x, y } = places.get(id) ?? { x: 0, y: 0 };
  return { x: x + dx, y: y + dy };
};
const NO = { from: "asks", port: "no" };
const take = (mouse: { x: number; y: number }, loose: { from: string; port: string | null } = NO) =>
  takerAt(canvas, places, loose, mouse, REACH_PX);

describe("a connection that is being drawn", () => {
  it.each([
    ["its middle", CARD.width / 2, CARD.height / 2],
    ["its corner", 2, 2],
    ["its lower edge", CARD.width - 2, CARD.height],
  ])("is taken by a card anywhere on it: %s", (_, dx, dy) => {
    expect(take(at("end", dx, dy))).toMatchObject({ at: NO, to: "end" });
  });

  it("is taken within 40 px of a card's port, though the exit of the card above is nearer", () => {
    expect(take(at("end", CARD.width / 2, -38))?.to).toBe("end");
    expect(take(at("end", CARD.width / 2 + 30, -26))?.to).toBe("end");
    expect(take(at("end", CARD.width / 2 + 42, -26))).toBeNull();
  });

  it("ends at the port of what takes it", () => {
    expect(take(at("end", 3, 30))?.end).toEqual(at("end", CARD.width / 2, 0));
  });

  it("is taken neither by the card that it begins at, nor by a start, nor beside all cards", () => {
    expect(take(at("asks", 30, 30))).toBeNull();
    expect(take(at("start", 30, 30))).toBeNull();
    expect(take(at("end", 0, 300))).toBeNull();
  });

  it("leads back from an entry to the nearest exit that is still open", () => {
    const backwards = { from: "end", port: null };
    expect(take(at("asks", 5, 5), backwards)).toMatchObject({ at: NO, to: "end" });
    expect(take(at("mail", 5, 5), backwards)).toMatchObject({
      at: { from: "mail", port: "next" },
      to: "end",
    });
    expect(take(at("end", 5, 5), { from: "mail", port: null })).toBeNull();
  });
});
