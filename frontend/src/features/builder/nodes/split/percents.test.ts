import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asPercents, even, WHOLE, withShare } from "./percents";

const sum = (values: readonly number[]) => values.reduce((total, it) => total + it, 0);

describe("percents", () => {
  it("always sum to 100, whichever share is set", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(1000), { minLength: 2, maxLength: 20 }),
        fc.array(fc.tuple(fc.nat(19), fc.integer({ min: -20, max: 120 })), { maxLength: 5 }),
        (weights, moves) => {
          let percents = asPercents(weights);
          expect(sum(percents)).toBe(WHOLE);
          for (const [place, value] of moves) {
            const at = place % percents.length;
            percents = withShare(percents, at, value);
            expect(sum(percents)).toBe(WHOLE);
            expect(percents[at]).toBe(Math.min(WHOLE, Math.max(0, value)));
            expect(percents.every((it) => it >= 0)).toBe(true);
          }
        },
      ),
    );
  });

  it("takes from the others in proportion", () => {
    expect(withShare([50, 30, 20], 0, 0)).toEqual([0, 60, 40]);
    expect(even(3)).toEqual([34, 33, 33]);
  });
});
