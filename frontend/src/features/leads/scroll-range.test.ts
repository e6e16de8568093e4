import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  followed,
  HEIGHT_PX_MAX,
  inSlots,
  isScaled,
  JUMP_PX,
  rangeOf,
  revealing,
  rowsAt,
  settled,
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

  it("converts there and back", () => {
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
  const range = rangeOf(1_000_000, ROW, VIEW);
  const end = range.virtualPx - VIEW;

  it("does not take the event of our own move for a scroll", () => {
    const was = { physical: 1_000.25, virtual: 4_004 };
    expect(followed(was, 1_000, range)).toBe(was);
  });

  it("follows the scrollbar", () => {
    const now = followed({ physical: 0, virtual: 0 }, 4_000_000, range);
    expect(now.virtual).toBeCloseTo(16_000_000, -4);
  });

  it("moves the list as far as the wheel moved the element, at any position", () => {
    const middle = settled(20_000_000, range);
    const now = followed(middle, middle.physical + 120, range);
    expect(now).toEqual({ physical: middle.physical + 120, virtual: 20_000_120 });
  });

  it("is at an end of the element only at an end of the list", () => {
    expect(followed({ physical: 100, virtual: 400 }, 0, range)).toEqual({
      physical: 300,
      virtual: 300,
    });
    expect(followed({ physical: 400, virtual: 100 }, 250, range)).toEqual({
      physical: 0,
      virtual: 0,
    });
    const last = range.physicalPx - VIEW;
    expect(followed({ physical: last - 200, virtual: end - 50 }, last - 100, range)).toEqual({
      physical: last,
      virtual: end,
    });
  });

  it("keeps rows on whole pixels, however it got there", () => {
    const moves = fc.array(
      fc.oneof(
        fc.integer({ min: -JUMP_PX, max: JUMP_PX }),
        fc.integer({ min: 0, max: range.physicalPx }),
      ),
    );
    fc.assert(
      fc.property(moves, (all) => {
        let at = { physical: 0, virtual: 0 };
        for (const move of all) {
          const physical = Math.abs(move) > JUMP_PX ? move : at.physical + move;
          at = followed(at, Math.min(Math.max(0, physical), range.physicalPx - VIEW), range);
          expect(Number.isInteger(at.physical - at.virtual)).toBe(true);
          expect(at.virtual).toBeGreaterThanOrEqual(0);
          expect(at.virtual).toBeLessThanOrEqual(end);
        }
      }),
    );
  });
});

describe("settled", () => {
  it("shows the same rows, and corrects the scrollbar", () => {
    const range = rangeOf(1_000_000, ROW, VIEW);
    const at = settled(20_000_000, range);
    expect(at.virtual).toBe(20_000_000);
    expect(toVirtual(at.physical, range)).toBeCloseTo(20_000_000, -1);
  });
});

describe("rows", () => {
  it("are those in view, and a few more", () => {
    expect(rowsAt(3_200, 10_000, ROW, 320, 0)).toEqual({ first: 100, end: 110 });
    expect(rowsAt(0, 5, ROW, 320, 10)).toEqual({ first: 0, end: 5 });
    expect(rowsAt(0, 0, ROW, 320, 10)).toEqual({ first: 0, end: 0 });
  });

  it("keep their elements while they are in view", () => {
    expect(inSlots(10, 14, 4, 10)).toEqual([
      [0, 10],
      [1, 11],
      [2, 12],
      [3, 13],
    ]);
    expect(inSlots(11, 15, 4, 10)).toEqual([
      [0, 14],
      [1, 11],
      [2, 12],
      [3, 13],
    ]);
    expect(inSlots(8, 12, 4, 10)).toEqual([
      [0, 10],
      [1, 11],
      [2, 8],
      [3, 9],
    ]);
    expect(inSlots(3, 5, 4, 3)).toEqual([
      [0, 3],
      [1, 4],
    ]);
  });

  it("are brought into view by the least move", () => {
    expect(revealing(320, 5, ROW, 320)).toBe(160);
    expect(revealing(320, 15, ROW, 320)).toBe(320);
    expect(revealing(320, 20, ROW, 320)).toBe(352);
  });
});
