import { describe, expect, it } from "vitest";
import { gapAt, within } from "./dots";

describe("the dots behind the flow", () => {
  it("grow with the zoom, and are fewer from afar", () => {
    expect(gapAt(1)).toBe(16);
    expect(gapAt(2)).toBe(32);
    expect(gapAt(0.5)).toBe(16);
    for (const zoom of [0.1, 0.2, 0.3, 0.4, 0.7]) {
      expect(gapAt(zoom)).toBeGreaterThanOrEqual(12);
      expect(gapAt(zoom)).toBeLessThan(24);
    }
  });

  it("are moved by less than a gap, whichever way the flow moved", () => {
    expect(within(35, 16)).toBe(3);
    expect(within(-3, 16)).toBe(13);
    expect(within(-16, 16)).toBe(0);
  });
});
