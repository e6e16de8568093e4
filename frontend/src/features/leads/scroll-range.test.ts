import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  followed,
  HEIGHT_PX_MAX,
  isScaled,
  rangeOf,
  revealing,
  rowsAt,
  toPhysical,
  toVirtual,
} from "./scroll-range";

const ROW = 32;
const VIEW = 700;

describe("a scroll range", () => {
  it("is not scaled while the list is short", () => {
    const range = rangeOf(1_000, ROW, VIEW);
    expect(isScaled(range)).toBe(false);
    expect(toVirtual(12_345, range)).toBe(12_345);
  });

  it("holds a million rows in the height a browser allows, and reaches both ends", () => {
    const range = rangeOf(1_000_000, ROW, VIEW);
    expect(range.physicalPx).toBe(HEIGHT_PX_MAX);
    expect(toVirtual(0, range)).toBe(0);
    expect(toVirtual(range.physicalPx - VIEW, range)).toBe(range.virtualPx - VIEW);
    const last = rowsAt(toVirtual(range.physicalPx - VIEW, range), 1_000_000, ROW, VIEW, 0);
    expect(last.end).toBe(1_000_000);
  });

  it("goes there and back", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 3_000_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (rows, share) => {
          const range = rangeOf(rows, ROW, VIEW);
          const virtual = Math.floor(share * Math.max(0, range.virtualPx - VIEW));
          expect(toVirtual(toPhysical(virtual, range), range)).toBe(Math.round(virtual));
        },
      ),
    );
  });

  it("never leaves the list", () => {
    const range = rangeOf(1_000_000, ROW, VIEW);
    expect(toVirtual(-50, range)).toBe(0);
    expect(toPhysical(1e12, range)).toBeCloseTo(range.physicalPx - VIEW, 3);
    expect(toVirtual(40, rangeOf(3, ROW, VIEW))).toBe(0);
  });
});

describe("followed", () => {
  it("does not take the echo of our own move for a scroll", () => {
    const range = rangeOf(1_000_000, ROW, VIEW);
    const was = { physical: 1_000.25, virtual: 4_004 };
    expect(followed(was, 1_000, range)).toBe(was);
  });

  it("follows the scrollbar", () => {
    const range = rangeOf(1_000_000, ROW, VIEW);
    const now = followed({ physical: 0, virtual: 0 }, 4_000_000, range);
    expect(now.virtual).toBeCloseTo(16_000_000, -4);
  });
});

describe("rows", () => {
  it("are those in view, and a few more", () => {
    expect(rowsAt(3_200, 10_000, ROW, 320, 0)).toEqual({ first: 100, end: 110 });
    expect(rowsAt(0, 5, ROW, 320, 10)).toEqual({ first: 0, end: 5 });
    expect(rowsAt(0, 0, ROW, 320, 10)).toEqual({ first: 0, end: 0 });
  });

  it("are brought into view by the least move", () => {
    expect(revealing(320, 5, ROW, 320)).toBe(160);
    expect(revealing(320, 15, ROW, 320)).toBe(320);
    expect(revealing(320, 20, ROW, 320)).toBe(352);
  });
});
