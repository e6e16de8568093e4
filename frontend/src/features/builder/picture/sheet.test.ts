import { describe, expect, it } from "vitest";
import { type Box, MARGIN, sheetOf } from "./sheet";

const box = (x: number, y: number, width = 260, height = 72): Box => ({ x, y, width, height });

describe("the sheet of a picture", () => {
  it("holds everything and a margin, in whole pixels, at twice the size", () => {
    expect(sheetOf([box(0.5, 0), box(-300, 160), box(40.5, 320)], 3)).toEqual({
      box: {
        x: -300 - MARGIN,
        y: -MARGIN,
        width: 601 + 2 * MARGIN,
        height: 392 + 2 * MARGIN,
      },
      scale: 2,
    });
  });

  it("is single if twice the size cannot be drawn", () => {
    expect(sheetOf([box(0, 0), box(0, 60 * 160)], 61).scale).toBe(1);
    expect(sheetOf([box(0, 0), box(5_000, 5_000)], 2).scale).toBe(1);
  });

  it("says what is too large, and what to do instead", () => {
    expect(() => sheetOf([box(0, 0), box(0, 200 * 160)], 201)).toThrow(
      /388 × 32,200 pixels.*more than browsers can draw\. Export it as JSON/,
    );
    expect(() => sheetOf([box(0, 0), box(9_000, 9_000)], 2)).toThrow(/more than browsers/);
    expect(() => sheetOf([box(0, 0)], 2000)).toThrow(/up to 600 nodes, and this flow has 2,000/);
  });
});
