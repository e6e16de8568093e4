import { describe, expect, it } from "vitest";
import { CARD, ROW } from "../model/layout";
import { boundsOf, firstView, fits, revealed } from "./view";

const SIZE = { width: 900, height: 700 };
const START = { x: -CARD.width / 2, y: 0 };
const onScreen = (at: number, view: { x: number }) => at + view.x;

describe("opening a flow", () => {
  it("shows it at full size, in the middle", () => {
    const places = [START, { x: 100, y: ROW }];
    const view = firstView(SIZE, places, START);
    expect(view.zoom).toBe(1);
    const left = onScreen(START.x, view);
    expect(left).toBeCloseTo(SIZE.width - onScreen(100 + CARD.width, view));
  });

  it("begins at the start if it is too wide", () => {
    const view = firstView(SIZE, [START, { x: 2000, y: ROW }], START);
    expect(onScreen(0, view)).toBe(SIZE.width / 2);
  });

  it("needs a map only while the flow does not fit", () => {
    const bounds = boundsOf([START, { x: START.x, y: 6 * ROW }]);
    expect(bounds).toEqual({ ...START, width: CARD.width, height: 7 * ROW });
    expect(fits(SIZE, bounds, 1)).toBe(false);
    expect(fits(SIZE, bounds, 0.8)).toBe(true);
  });
});

describe("showing a card", () => {
  const view = { x: 450, y: 32, zoom: 1 };

  it("moves nothing if it is in view", () => {
    expect(revealed(SIZE, view, START)).toBe(view);
  });

  it("moves by as little as shows the card and the plus below it", () => {
    const below = revealed(SIZE, view, { x: START.x, y: 6 * ROW });
    expect(below.x).toBe(view.x);
    expect(6 * ROW + below.y + ROW).toBe(SIZE.height - 32);
    const right = revealed(SIZE, view, { x: 600, y: 0 });
    expect(600 + CARD.width + right.x).toBe(SIZE.width - 32);
  });

  it("shows the beginning of a card where there is too little space for all of it", () => {
    const small = { width: 200, height: 90 };
    expect(revealed(small, { x: 0, y: 0, zoom: 1 }, { x: 500, y: 500 })).toEqual({
      x: 32 - 500,
      y: 32 - 500,
      zoom: 1,
    });
  });
});
