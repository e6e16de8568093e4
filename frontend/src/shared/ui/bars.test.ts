import { expect, it } from "vitest";
import { barHeight } from "./bars";

it.each([
  [0, 100, 0],
  [100, 100, 20],
  [50, 100, 10],
  [1, 100_000, 2],
  [0, 0, 0],
])("%i of %i is %i high", (value, most, height) => {
  expect(barHeight(value, most, 20)).toBe(height);
});
