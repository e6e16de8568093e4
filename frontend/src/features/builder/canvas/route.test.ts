import { describe, expect, it } from "vitest";
import { CARD, ROW } from "../model/layout";
import { routeOf } from "./route";

const FROM = { x: 0, y: CARD.height };
const acrossOf = (path: string) => Number(/Q\S+ ([\d.]+)/.exec(path)?.[1]);

describe("the route of an edge", () => {
  it("runs straight down to the tip of its arrow", () => {
    const to = { x: 0, y: ROW };
    const { path, arrow } = routeOf({ from: FROM, to, lane: undefined, isOnlyEntry: true });
    expect(path).toBe(`M0 ${CARD.height}L0 ${ROW - 7}`);
    expect(arrow.endsWith(`L0 ${ROW}Z`)).toBe(true);
  });

  it("leaves a fork on another track than the one on which branches meet, also between two rows", () => {
    const to = { x: 200, y: ROW };
    const fork = routeOf({ from: FROM, to, lane: undefined, isOnlyEntry: true });
    const join = routeOf({ from: FROM, to, lane: undefined, isOnlyEntry: false });
    expect(acrossOf(fork.path)).toBeLessThan(acrossOf(join.path) - 10);
  });

  it("has its label where no arrow is, between two rows", () => {
    const to = { x: 200, y: ROW };
    for (const lane of [undefined, 100]) {
      const { label } = routeOf({ from: FROM, to, lane, isOnlyEntry: true });
      expect(label.y - 10).toBeGreaterThan(CARD.height);
      expect(label.y + 10).toBeLessThan(ROW - 8);
    }
  });
});
